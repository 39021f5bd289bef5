import type { LabNf } from "../lab/lab.ts";
import type { NfInfo } from "../rpc/nf-control/messages.ts";

/** An NF's driver does not use its rings as it was told to: results would be about other settings than they say. */
export class RingPathError extends Error {
  constructor(problems: readonly string[]) {
    super(`rings are not vectorised as they were to be: ${problems.join("; ")}`);
    this.name = "RingPathError";
  }
}

/**
 * Ports whose driver took a plainer way through its rings than asked for. It does so without an error where anything is missing that nobody here can know of, such as
 * a driver built without the code.
 */
export function ringPathProblems(nf: Pick<LabNf, "name" | "ports">, info: NfInfo | undefined): readonly string[] {
  return nf.ports.flatMap(({ index, virtio }) => {
    const found = info?.ports[index];
    if (virtio?.vectorised !== true || found === undefined) return [];
    const told = [
      ["receives", found.rxPath],
      // Sending has a path with vectors for packed rings only.
      ...(virtio.ring === "packed" ? [["sends", found.txPath] as const] : []),
    ] as const;
    return told.flatMap(([does, path]) =>
      path === undefined || path.includes("vectorized")
        ? []
        : [`port ${index} of NF ${nf.name} ${does} by the driver's path "${path}"`],
    );
  });
}
