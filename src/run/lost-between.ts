import type { LabBetween } from "../lab/lab.ts";
import type { CountingPoint } from "../measure/ledger.ts";
import { drop } from "./counter-differences.ts";

/**
 * The places that packets pass on a hop between hosts, with what was lost on the way from one host to the other: what left the first less what came to the second, and less what
 * was dropped on arrival there.
 *
 * @param points of the hop, in order
 * @param last position of the last of them that is on the host that packets leave; where it is none, nobody counts there
 */
export function withLostBetween(
  points: readonly CountingPoint[],
  last: number,
  { out, in: into }: LabBetween,
): readonly CountingPoint[] {
  const [left, came] = [points[last], points[last + 1]];
  if (left === undefined || came === undefined) return points;
  const known = came.drops.reduce((sum, { packets }) => sum + packets, 0);
  const lost = drop(
    `lost between hosts ${out.host} and ${into.host}`,
    `${left.counter} on host ${out.host} less ${came.counter} on host ${into.host}`,
    left.packets - came.packets - known,
  );
  return points.with(last + 1, { ...came, drops: [...came.drops, lost] });
}
