import { isIP } from "node:net";
import type { ListenAddress } from "./server.ts";

export const DEFAULT_LISTEN = "127.0.0.1:9746";
const LOOPBACK = "127.0.0.1";

/**
 * Reads `ADDRESS:PORT`, `[ADDRESS]:PORT` or `:PORT`; undefined if it is none of them. Without an address it is loopback, unlike in many programs, where
 * that means every address of the machine: who wants those says so (0.0.0.0).
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, v6, name = "", digits] = match;
  const port = Number(digits);
  if (port > 65_535 || (v6 !== undefined && isIP(v6) !== 6)) return undefined;
  const host = v6 ?? (name || LOOPBACK);
  return v6 !== undefined || isIP(host) === 4 || /^(?=.*[a-z])[a-z0-9.-]+$/i.test(host) ? { host, port } : undefined;
}

/** Whether only this machine reaches it. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
