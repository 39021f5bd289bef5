import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Diagnostic, SourceFile } from "../topology/diagnostic.ts";
import type { Topology } from "../topology/topology.ts";

/** A capture is named relative to the file that names it; from standard input, to the working directory. */
export function withCapture(topology: Topology, file: string): Topology {
  const { pcap } = topology.traffic;
  if (pcap === undefined) return topology;
  return { ...topology, traffic: { ...topology.traffic, pcap: resolve(dirname(file), pcap) } };
}

/** What captures begin with (draft-ietf-opsawg-pcap): microseconds and nanoseconds, in either byte order. */
const PCAP = ["a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1"];
const PCAPNG = "0a0d0d0a";
const MAGIC_BYTES = 4;
/** What an NF takes (PCAP_MAX_BYTES in images/nf/src/pcap.h); each that replays it gets a copy in memory (/run). */
const LARGEST_BYTES = 256 * 1024 ** 2;
const TOO_LARGE = "too large";

/** What is wrong with the capture that a topology names, before anything is brought up for it; undefined if it names none or a good one. */
export function captureProblem({ traffic }: Topology, source: SourceFile): Diagnostic | undefined {
  if (traffic.pcap === undefined) return undefined;
  const magic = magicOf(traffic.pcap);
  if (PCAP.includes(magic)) return undefined;
  const [why, help] =
    magic === PCAPNG
      ? ["is in the format pcapng", "convert it: tcpdump -r OLD -w NEW, or editcap -F pcap OLD NEW"]
      : magic === TOO_LARGE
        ? [
            "is larger than 256 MiB",
            "take a part of it: tcpdump -r OLD -c 1000000 -w NEW, or editcap -r OLD NEW 1-1000000",
          ]
        : /^[0-9a-f]*$/.test(magic)
          ? ["is no capture", "give a file that tcpdump -w wrote"]
          : [
              magic === "ENOENT" ? "is not there" : `cannot be read (${magic})`,
              "the path is relative to the topology file",
            ];
  return {
    severity: "error",
    code: "no-capture",
    message: `${traffic.pcap} ${why}`,
    help,
    span: source.locate(["traffic", "pcap"]),
    related: [],
  };
}

/** The first bytes of a file in hexadecimal, none if it is no file; or why they were not read: `TOO_LARGE`, or the code of the error that it gave. */
function magicOf(path: string): string {
  const bytes = Buffer.alloc(MAGIC_BYTES);
  try {
    // A pipe would keep whoever opens it waiting.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const file = fstatSync(descriptor);
      if (!file.isFile()) return "";
      if (file.size > LARGEST_BYTES) return TOO_LARGE;
      return bytes.subarray(0, readSync(descriptor, bytes)).toString("hex");
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
