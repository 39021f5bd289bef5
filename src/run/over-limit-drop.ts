import type { LabHop, SwitchPort } from "../lab/lab.ts";
import { type Drop, OVER_LIMIT } from "../measure/ledger.ts";
import { type Context, drop } from "./counter-differences.ts";
import type { Sample } from "./sample.ts";

/** What a limited hop dropped because there was more than may pass. */
export function overLimitDrop(
  { before, after }: Context,
  limit: LabHop["limit"],
  from: SwitchPort | undefined,
  to: SwitchPort | undefined,
): Drop {
  const grown = (counter: (sample: Sample) => number | undefined): number =>
    (counter(after) ?? 0) - (counter(before) ?? 0);
  const [rx, tx] = [from?.ofport ?? 0, to?.ofport ?? 0];
  switch (limit?.at) {
    case "ingress":
      return drop(
        `ingress-policed, ${OVER_LIMIT}`,
        `OpenFlow port ${rx} rx_dropped`,
        grown(({ switchPorts }) => switchPorts.get(rx)?.rxDropped),
      );
    case "meter":
      return drop(
        `metered, ${OVER_LIMIT}`,
        `OpenFlow meter ${rx} packet_band_count`,
        grown(({ overLimit }) => overLimit?.metered.get(rx)),
      );
    default:
      return drop(
        `egress-policed, ${OVER_LIMIT}`,
        `OpenFlow port ${tx} ovs_tx_qos_drops`,
        grown(({ overLimit }) => overLimit?.policed.get(tx)),
      );
  }
}
