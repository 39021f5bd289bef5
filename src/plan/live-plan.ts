import type { Lab } from "../lab/lab.ts";
import type { BridgeSpec, FlowsSpec, Resource } from "../lab/resource.ts";
import { liveObstacles } from "./live-obstacles.ts";
import { makePlan } from "./make-plan.ts";
import type { Observed, Operation, Plan } from "./plan.ts";

/** Operations with the order among them. */
export interface Stage {
  readonly operations: readonly Operation[];
}

/** A plan in three stages, through which the packets of a lab go on. */
export interface LivePlan {
  readonly plan: Plan;
  /** What is new comes beside what is there: NFs, their ports, and the rules of those ports. No packet goes that way yet. */
  readonly bringUp: Stage;
  /** The rules of ports that stay change, and nothing else: from here on packets take the new way. Those on the old one still come out of it. */
  readonly switchOver: Stage;
  /** What no packet goes by any more goes. */
  readonly takeAway: Stage;
  /** OpenFlow's numbers of the ports that go: they must be empty before. */
  readonly leavingPorts: readonly number[];
}

/** A live plan, or why there is none. */
export type LivePlanning =
  | { readonly ok: true; readonly live: LivePlan }
  | { readonly ok: false; readonly obstacles: readonly string[] };

type Of<Kind extends Resource["kind"]> = Extract<Resource, { readonly kind: Kind }>;
type Update<Kind extends Resource["kind"]> = { readonly resource: Of<Kind>; readonly observed: Observed };

/**
 * The same steps as {@link makePlan}, in an order in which the chains of a lab that is up go on: possible where NFs come and go and OVS carries the packets between them, since its
 * rules change without a restart of anybody.
 *
 * @param freePages huge pages of the host that nobody has: what goes gives its own back only after what comes has taken some
 */
export function makeLivePlan(
  lab: Lab,
  desired: readonly Resource[],
  observed: readonly Observed[],
  freePages: number,
): LivePlanning {
  const plan = makePlan(lab.name, desired, observed);
  const obstacles = liveObstacles({ lab, plan, desired, observed, freePages });
  if (obstacles.length > 0) return { ok: false, obstacles };
  const bridge = updateOf("bridge", desired, observed);
  const flows = updateOf("flows", desired, observed);
  const has = (id: string): boolean => plan.operations.some(({ key }) => key === id);
  const ways = flows !== undefined && has(`update ${flows.resource.id}`) ? flows : undefined;
  const ports = bridge !== undefined && has(`update ${bridge.resource.id}`) ? bridge : undefined;
  return {
    ok: true,
    live: {
      // What goes has been left by all packets before.
      plan: { ...plan, steps: plan.steps.map((step) => ({ ...step, interrupts: [] })) },
      bringUp: { operations: bringUp(plan, ports, ways) },
      switchOver: { operations: ways === undefined ? [] : [updated(ways, withLeaving(ways), [])] },
      takeAway: { operations: takeAway(plan, ports, ways) },
      leavingPorts: ways === undefined ? [] : leavingFlows(ways).map(({ inPort }) => inPort),
    },
  };
}

function updateOf<Kind extends Resource["kind"]>(
  kind: Kind,
  desired: readonly Resource[],
  observed: readonly Observed[],
): Update<Kind> | undefined {
  const resource = desired.find((candidate): candidate is Of<Kind> => candidate.kind === kind);
  const item = observed.find(({ id }) => id === resource?.id);
  return resource === undefined || item === undefined ? undefined : { resource, observed: item };
}

function bringUp(
  plan: Plan,
  ports: Update<"bridge"> | undefined,
  ways: Update<"flows"> | undefined,
): readonly Operation[] {
  const coming = plan.operations.filter(({ verb }) => verb !== "delete");
  const keys = new Set(coming.map(({ key }) => key));
  return coming.map((operation): Operation => {
    const after = operation.after.filter((key) => keys.has(key));
    if (ports !== undefined && operation.key === `update ${ports.resource.id}`)
      return updated(ports, widened(ports), after);
    if (ways !== undefined && operation.key === `update ${ways.resource.id}`)
      return updated(ways, prepared(ways), after);
    return { ...operation, after };
  });
}

function takeAway(
  plan: Plan,
  ports: Update<"bridge"> | undefined,
  ways: Update<"flows"> | undefined,
): readonly Operation[] {
  const leavesRules = ways !== undefined && leavingFlows(ways).length > 0;
  const rules = leavesRules ? [updated(ways, ways.resource.spec, [])] : [];
  const ruled = rules.map(({ key }) => key);
  const leavesPorts = ports !== undefined && leavingPorts(ports).length > 0;
  const bridge = leavesPorts ? [updated(ports, ports.resource.spec, ruled)] : [];
  const first = [...ruled, ...bridge.map(({ key }) => key)];
  const deletes = plan.operations
    .filter(({ verb }) => verb === "delete")
    .map((operation) => ({ ...operation, after: [...first, ...operation.after] }));
  return [...rules, ...bridge, ...deletes];
}

function updated(
  { resource, observed }: Update<"bridge"> | Update<"flows">,
  spec: BridgeSpec | FlowsSpec,
  after: readonly string[],
): Operation {
  return { verb: "update", key: `update ${resource.id}`, after, resource: { ...resource, spec } as Resource, observed };
}

/** Every port that is there, and those that come. */
function widened(ports: Update<"bridge">): BridgeSpec {
  const { spec } = ports.resource;
  return { ...spec, ports: [...spec.ports, ...leavingPorts(ports)].toSorted((a, b) => a.ofport - b.ofport) };
}

function leavingPorts({ resource, observed }: Update<"bridge">): BridgeSpec["ports"] {
  const wanted = new Set(resource.spec.ports.map(({ name }) => name));
  return (observed.spec as BridgeSpec).ports.filter(({ name }) => !wanted.has(name));
}

/** Every rule as it is, and those of the ports that come. */
function prepared({ resource, observed }: Update<"flows">): FlowsSpec {
  const before = observed.spec as FlowsSpec;
  const known = new Set(before.flows.map(({ inPort }) => inPort));
  return sorted(before, [...before.flows, ...resource.spec.flows.filter(({ inPort }) => !known.has(inPort))]);
}

/** Every rule as it is to be, and those of the ports that go: what is still under way comes out of them. */
function withLeaving(ways: Update<"flows">): FlowsSpec {
  const { spec } = ways.resource;
  return sorted(spec, [...spec.flows, ...leavingFlows(ways)]);
}

function leavingFlows({ resource, observed }: Update<"flows">): FlowsSpec["flows"] {
  const wanted = new Set(resource.spec.flows.map(({ inPort }) => inPort));
  return (observed.spec as FlowsSpec).flows.filter(({ inPort }) => !wanted.has(inPort));
}

function sorted(spec: FlowsSpec, flows: FlowsSpec["flows"]): FlowsSpec {
  return { ...spec, flows: flows.toSorted((a, b) => a.inPort - b.inPort) };
}
