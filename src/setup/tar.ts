/** A file for an archive. */
export interface TarFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly executable: boolean;
  readonly content: Uint8Array;
}

const BLOCK = 512;

/**
 * A ustar archive of files, the same bytes for the same files wherever and whenever it is made: no times, owners or odd permission bits. Docker
 * makes the folders in between.
 */
export function tarOf(files: readonly TarFile[]): Uint8Array {
  const blocks = files.flatMap((file) => [header(file), padded(file.content)]);
  return Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]);
}

function header({ path, executable, content }: TarFile): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = splitPath(path);
  block.write(name, 0);
  block.write(executable ? "0000755\0" : "0000644\0", 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  block.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148); // the checksum counts as spaces while it is made
  block.write("0", 156);
  block.write("ustar\x0000", 257);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** ustar has 100 bytes for a name and 155 for the folders before it. */
function splitPath(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return [prefix, name];
  }
  throw new Error(`internal: path too long for an archive: ${path}`);
}

function padded(content: Uint8Array): Uint8Array {
  return Buffer.concat([content, new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}
