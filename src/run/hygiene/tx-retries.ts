import { openOvsdb } from "../../provision/ovs-connect.ts";
import { OPEN_VSWITCH } from "../../rpc/ovsdb/commit.ts";
import { select } from "../../rpc/ovsdb/operation.ts";
import { transact } from "../../rpc/ovsdb/transact.ts";
import type { LabControls } from "../live.ts";

/** How often OVS tried again to hand packets to each vhost-user port's ring, by port. Only its database has that, every five seconds. */
export async function readTxRetries({ host, lab }: LabControls): Promise<ReadonlyMap<string, number>> {
  if (lab.switch === undefined) return new Map();
  await using database = await openOvsdb(host, lab.switch.directory);
  const [interfaces] = await transact(database, OPEN_VSWITCH, [
    select("Interface", [], { name: "string", statistics: { map: ["string", "integer"] } }),
  ]);
  return new Map(
    interfaces.flatMap(({ name, statistics }) => {
      const retries = statistics.get("ovs_tx_retries");
      return retries === undefined ? [] : [[name, retries] as const];
    }),
  );
}
