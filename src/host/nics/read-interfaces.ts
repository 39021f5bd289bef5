import type { InterfaceFacts } from "../../lab/host-facts.ts";
import type { Host } from "../host.ts";
import { readNetworkUse, usesOf } from "./network-use.ts";

/** The host's interfaces but lo, and what they are needed for; undefined where ip(8) does not tell. Reads only. */
export async function readInterfaces(
  host: Host,
  sshConnection = process.env.SSH_CONNECTION,
): Promise<readonly InterfaceFacts[] | undefined> {
  const use = await readNetworkUse(host, sshConnection);
  // Every host has lo: where not even that is listed, ip(8) did not do its work.
  if (use === undefined || use.interfaces.length === 0) return undefined;
  return use.interfaces
    .filter(({ name }) => name !== "lo")
    .map(({ name, mac, mtuBytes, up }) => ({
      name,
      mac,
      mtuBytes,
      up,
      uses: usesOf([name], use).filter(({ kind }) => kind !== "up"),
    }));
}
