import type { Host } from "./host.ts";
import { parseTokenBuckets, type TokenBucket } from "./parse/qdiscs.ts";

/** Changes nothing: the token buckets in the network namespace of a process; none if the process is gone. */
export async function readTokenBuckets(host: Pick<Host, "run">, pid: number): Promise<readonly TokenBucket[]> {
  const { exitCode, stdout } = await host.run(inNamespace(pid, ["tc", "-s", "-j", "qdisc", "show"]));
  return exitCode === 0 ? parseTokenBuckets(stdout) : [];
}

/** The command, to be run in the network namespace of a process. */
export function inNamespace(pid: number, argv: readonly string[]): readonly string[] {
  return ["nsenter", "--target", String(pid), "--net", ...argv];
}
