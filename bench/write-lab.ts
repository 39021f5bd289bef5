import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes the topology of a generator and a counter on vhost-user, with more members behind, and gives its path. */
export async function writeLab(directory: string, more: string): Promise<string> {
  const file = join(directory, "lab.yaml");
  await writeFile(
    file,
    `name: bench-lab
cores: { 0: switch, 1: gen, 2: sink }
nfs: { gen: { app: pktgen }, sink: { app: stats } }
chains: { main: [gen, sink] }
${more}
`,
  );
  return file;
}
