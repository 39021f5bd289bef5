import type { InterfaceFacts } from "../../lab/host-facts.ts";
import { plainAddress } from "../parse/tcp-table.ts";
import type { Looker } from "../survey.ts";
import { readNetworkUse, usesOf } from "./network-use.ts";

/** The host's interfaces but lo, and what they are needed for; undefined where ip(8) does not tell. Reads only. */
export async function readInterfaces(
  host: Looker,
  sshConnection?: string,
): Promise<readonly InterfaceFacts[] | undefined> {
  const use = await readNetworkUse(host, sshConnection);
  // Every host has lo: where not even that is listed, ip(8) did not do its work.
  if (use === undefined || use.interfaces.length === 0) return undefined;
  return use.interfaces
    .filter(({ name }) => name !== "lo")
    .map(({ name, mac, mtuBytes, up, addresses }) => ({
      name,
      mac,
      mtuBytes,
      up,
      addresses: addresses.map(plainAddress),
      uses: usesOf([name], use).filter(({ kind }) => kind !== "up"),
    }));
}
