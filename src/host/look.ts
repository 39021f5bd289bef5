import { HostError } from "./host.ts";
import type { Looker } from "./survey.ts";

/** Text of a file; empty where there is none, or where the kernel will not say. */
export type Text = (path: string) => Promise<string>;

/** Reading that takes an unreadable file for an absent one: for looking around, where nothing must be there. */
export function textReader(host: Pick<Looker, "read">): Text {
  return async (path) => {
    try {
      return (await host.read(path)) ?? "";
    } catch (error) {
      if (error instanceof HostError) return "";
      throw error;
    }
  };
}

/** Output of a program; undefined where it is not there. Its exit code is not asked: systemd-detect-virt answers "none" with 1. */
export async function output(host: Pick<Looker, "run">, argv: readonly string[]): Promise<string | undefined> {
  try {
    return (await host.run(argv, { timeoutMs: 10_000 })).stdout;
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}
