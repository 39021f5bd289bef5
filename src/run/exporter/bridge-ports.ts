import type { Reader } from "../../provision/driver.ts";
import type { NfInfo } from "../../rpc/nf-control/messages.ts";
import { INTERFACES, interfaceCounters, interfacesByIndex } from "../interfaces.ts";
import type { FoundNf } from "./found-lab.ts";
import type { BridgePortReading } from "./reading.ts";

/** Counters of the bridge's ends of NFs' veth pairs. Which interface that is takes some asking, so it is remembered for as long as it exists. */
export interface BridgePorts {
  /** By port index; `info` asks the NF, only when needed. */
  read(reader: Reader, nf: FoundNf, info: () => Promise<NfInfo>): Promise<ReadonlyMap<number, BridgePortReading>>;
  /** Forgets all containers but these. */
  keepOnly(containers: ReadonlySet<string>): void;
}

export function bridgePorts(): BridgePorts {
  const known = new Map<string, ReadonlyMap<number, string>>();
  return {
    async read(reader, nf, info) {
      if (!nf.spec.ports.some(({ datapath }) => datapath === "docker-bridge")) return new Map();
      const names = known.get(nf.container) ?? (await findPeers(reader, nf, await info()));
      const counters = await Promise.all(
        [...names].map(async ([index, name]) => [index, await interfaceCounters(reader.host, name)] as const),
      );
      const found = counters.flatMap(([index, reading]) => (reading === undefined ? [] : [[index, reading] as const]));
      // A container that was started again has new interfaces.
      if (found.length === names.size && names.size > 0) known.set(nf.container, names);
      else known.delete(nf.container);
      return new Map(found);
    },
    keepOnly(containers) {
      for (const container of known.keys()) if (!containers.has(container)) known.delete(container);
    },
  };
}

/** The container's view of sysfs names the other end of each of its interfaces by the index that it has on the host. */
async function findPeers({ host, docker }: Reader, nf: FoundNf, info: NfInfo): Promise<ReadonlyMap<number, string>> {
  const ports = nf.spec.ports.filter(({ datapath }) => datapath === "docker-bridge");
  const { State } = await docker.inspect(nf.container);
  const byIndex = await interfacesByIndex(host);
  const found = await Promise.all(
    ports.map(async ({ index }) => {
      const own = info.ports.find((port) => port.index === index)?.iface;
      const link = await host.read(`/proc/${State.Pid}/root${INTERFACES}/${own}/iflink`);
      const peer = link === undefined ? undefined : byIndex.get(Number(link));
      return peer === undefined ? [] : [[index, peer] as const];
    }),
  );
  return new Map(found.flat());
}
