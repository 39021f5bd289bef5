import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Host } from "../../../../src/host/host.ts";
import { HostError } from "../../../../src/host/host.ts";
import { localFiles } from "../../../../src/host/local-files.ts";
import { surveyOneByOne } from "../../../../src/host/survey.ts";

const TREE = fileURLToPath(new URL("tree/", import.meta.url));

/** A host whose files are a copy of the recorded tree. Writing to sysfs does what a kernel would: see `kernel`. */
export interface TreeHost extends Host, AsyncDisposable {
  /** What was written to files of sysfs, in order: `path=text`. */
  readonly written: string[];
  /** Drivers that turn devices down. */
  readonly unwilling: Set<string>;
  /** What ip(8) answers, in place of the recorded words. */
  readonly answers: Map<string, string>;
}

/** Drivers that a kernel would choose for the cards of the tree. */
const USUAL: Readonly<Record<string, string>> = { "8086:1572": "i40e", "8086:154C": "iavf", "8086:1521": "igb" };

export async function treeHost(): Promise<TreeHost> {
  const root = await mkdtemp(join(tmpdir(), "corebed-nics-"));
  await cp(TREE, root, { recursive: true });
  const files = localFiles("tree");
  const written: string[] = [];
  const unwilling = new Set<string>();
  const answers = new Map<string, string>();
  const at = (path: string): string => join(root, path);
  const host: TreeHost = {
    name: "tree",
    written,
    unwilling,
    answers,
    survey: (request) => surveyOneByOne(host, request),
    appears: async (path) => (await files.read(at(path))) !== undefined,
    read: (path) => files.read(at(path)),
    list: (path) => files.list(at(path)),
    makeDirectory: (path, mode) => files.makeDirectory(at(path), mode),
    upload: (local, path) => files.upload(local, at(path)),
    lock: async () => ({ [Symbol.asyncDispose]: async () => {} }),
    remove: (path) => files.remove(at(path)),
    write: async (path, text) => {
      if (!path.startsWith("/sys/")) return files.write(at(path), text);
      written.push(`${path}=${text.trim()}`);
      await kernel(root, path, text, unwilling);
    },
    run: async (argv) => {
      const name = argv.includes("address") ? "ip-address" : argv.includes("-6") ? "ip6-route" : "ip-route";
      const stdout = answers.get(name) ?? (await readFile(at(`/answers/${name}.json`), "utf8"));
      return { exitCode: 0, stdout, stderr: "" };
    },
    connect: async () => {
      throw new HostError("tree", "connect", "there is nobody");
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
  return host;
}

/** The little of a kernel that binding takes: an override is kept, unbinding takes the driver away, and a probe gives the device to the driver that wants it. */
async function kernel(root: string, path: string, text: string, unwilling: ReadonlySet<string>): Promise<void> {
  const devices = join(root, "/sys/bus/pci/devices");
  const uevent = (pci: string): string => join(devices, pci, "uevent");
  const setDriver = async (pci: string, driver: string | undefined): Promise<void> => {
    const lines = (await readFile(uevent(pci), "utf8")).split("\n").filter((line) => !line.startsWith("DRIVER="));
    await writeFile(uevent(pci), [...(driver === undefined ? [] : [`DRIVER=${driver}`]), ...lines].join("\n"));
  };
  if (path.endsWith("/driver_override") || path.includes("/parameters/")) {
    await writeFile(join(root, path), text);
    return;
  }
  const pci = text.trim();
  if (path.endsWith("/unbind")) await setDriver(pci, undefined);
  if (path !== "/sys/bus/pci/drivers_probe") return;
  const override = (await readFile(join(devices, pci, "driver_override"), "utf8")).trim().replace("(null)", "");
  const id = /PCI_ID=(.*)/.exec(await readFile(uevent(pci), "utf8"))?.[1] ?? "";
  const driver = override === "" ? USUAL[id] : override;
  const known = await readdir(join(root, "/sys/bus/pci/drivers"));
  if (driver === undefined || !known.includes(driver) || unwilling.has(driver)) {
    throw new HostError("tree", `write ${path}`, "not accepted by the kernel");
  }
  await setDriver(pci, driver);
}
