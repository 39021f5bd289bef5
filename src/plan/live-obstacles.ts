import type { Lab } from "../lab/lab.ts";
import type { BridgeSpec, Resource } from "../lab/resource.ts";
import type { Observed, Plan, PlanStep } from "./plan.ts";

interface Asked {
  readonly lab: Lab;
  readonly plan: Plan;
  readonly desired: readonly Resource[];
  readonly observed: readonly Observed[];
  readonly freePages: number;
}

/** Why a plan cannot be carried out while the lab's packets flow, one sentence each; empty if it can. */
export function liveObstacles(asked: Asked): readonly string[] {
  const { lab, plan, observed } = asked;
  if (observed.length === 0) return [`lab ${lab.name} is not up`];
  return [
    ...plan.steps.flatMap(stepObstacle),
    ...lab.chains.flatMap(({ name, path }) => endObstacles(plan, name, path)),
    ...goneEnds(plan, observed),
    ...numberObstacles(asked),
    ...pageObstacle(asked),
  ];
}

/** Kinds that come, go or change beside packets that flow. The rules' own change is what a live plan is made of. */
const HARMLESS: ReadonlySet<Resource["kind"]> = new Set([
  "directory",
  "nf",
  "port",
  "veth",
  "nic",
  "cable",
  "interface",
  "network",
  "shaper",
  "limits",
]);
const IN_PLACE: ReadonlySet<Resource["kind"]> = new Set(["switch-config", "bridge", "flows", "limits", "shaper"]);

function stepObstacle({ action, kind, id, reason, changes }: PlanStep): readonly string[] {
  switch (action) {
    case "keep":
      return [];
    case "create":
    case "delete":
      return HARMLESS.has(kind) ? [] : [`${id} would be ${action}d: ${reason}`];
    case "update":
      return IN_PLACE.has(kind) ? [] : [`${id} must be put right first: ${reason}`];
    case "replace": {
      const members = [...new Set(changes.map(({ path }) => path))];
      return [`${id} would be restarted: ${reason}${members.length === 0 ? "" : ` (${members.join(", ")})`}`];
    }
  }
}

/** Packets come from a chain's first NF and are counted by its last: without them there is nothing to go on. */
function endObstacles(plan: Plan, chain: string, path: readonly string[]): readonly string[] {
  return [...new Set([path[0], path.at(-1)])].flatMap((nf) =>
    plan.steps.some(({ id, action }) => id === `nf:${nf}` && action === "create")
      ? [`nf:${nf} at ${nf === path[0] ? "the beginning" : "the end"} of chain ${chain} is new`]
      : [],
  );
}

function goneEnds(plan: Plan, observed: readonly Observed[]): readonly string[] {
  const going = new Set(plan.steps.filter(({ action }) => action === "delete").map(({ id }) => id));
  return observed.flatMap((item) =>
    item.kind === "nf" && going.has(item.id) && item.spec !== undefined && isEnd(item.spec.ports)
      ? [`${item.id} at one end of chain ${item.spec.ports[0]?.chain} would go`]
      : [],
  );
}

/** An NF between others has a way in and a way out on each of its chains. */
function isEnd(ports: readonly { readonly chain: string; readonly direction: string }[]): boolean {
  return ports.some(
    ({ chain, direction }) => !ports.some((port) => port.chain === chain && port.direction !== direction),
  );
}

/** Two names seldom fall on one number; where it happens, a port that stays would have to change its own. */
function numberObstacles({ desired, observed }: Asked): readonly string[] {
  const before = observed.flatMap((item) => (item.kind === "bridge" ? ((item.spec as BridgeSpec)?.ports ?? []) : []));
  const after = desired.flatMap((resource) => (resource.kind === "bridge" ? resource.spec.ports : []));
  return after.flatMap(({ name, ofport }) => {
    const renumbered = before.find((port) => port.name === name && port.ofport !== ofport);
    const holder = before.find((port) => port.name !== name && port.ofport === ofport);
    if (renumbered === undefined && holder === undefined) return [];
    return [
      `port ${name} of the switch would get another number, since its own is that of port ${holder?.name ?? name}`,
    ];
  });
}

function pageObstacle({ plan, desired, freePages }: Asked): readonly string[] {
  const created = new Set(plan.steps.filter(({ action }) => action === "create").map(({ id }) => id));
  const needed = desired
    .filter(({ id }) => created.has(id))
    .reduce((sum, { spec }) => sum + ("hugePages" in spec ? spec.hugePages : 0), 0);
  return needed > freePages
    ? [
        `what is new takes ${needed} huge pages, ${freePages} are free, and what goes gives its own back only afterwards`,
      ]
    : [];
}
