import fc from "fast-check";
import type { Lab } from "../../../src/lab/lab.ts";
import { makeTrial } from "../../../src/measure/make-trial.ts";
import { seededRandom } from "../../../src/measure/statistics/seeded-random.ts";
import type { Trial } from "../../../src/measure/trial.ts";
import { simulatedFacts } from "../../../src/simulate/facts.ts";
import { type SimulatedRequest, simulateTrial } from "../../../src/simulate/simulate-trial.ts";
import type { Datapath } from "../../../src/topology/topology.ts";
import { labOf } from "../lab/make-lab.ts";

/** A lab of one chain, or of two that are alike and may share all NFs but the generators. */
export interface LabParts {
  /** NFs of a chain, 2 to 6. */
  readonly nfs: number;
  /** What carries each hop, from the first; the first of them goes for those that are missing. */
  readonly hops: readonly Datapath[];
  readonly chains: 1 | 2;
  /** Only where traffic goes one way: who sends is in one chain. */
  readonly shared: boolean;
  /** CPUs among which the NFs are dealt out in turn. */
  readonly cpus: number;
  readonly queueSize: number;
  /** Extra cycles of each forwarder. */
  readonly work: number;
  readonly frame: number;
  readonly flows: number;
  readonly direction: "one" | "both";
  /** The forwarders drop every nth packet; 0 for none. */
  readonly dropEvery: number;
}

export const PLAIN: LabParts = {
  nfs: 2,
  hops: ["vhost-user"],
  chains: 1,
  shared: false,
  cpus: 12,
  queueSize: 1024,
  work: 0,
  frame: 64,
  flows: 1,
  direction: "one",
  dropEvery: 0,
};

export function simulatedLab(parts: Partial<LabParts> = {}): Lab {
  return labOf(labText({ ...PLAIN, ...parts }), simulatedFacts());
}

function labText(parts: LabParts): string {
  const { nfs, hops, chains, shared, cpus, queueSize, work, frame, flows, direction, dropEvery } = parts;
  const paths = Array.from({ length: chains }, (_, chain) =>
    Array.from(
      { length: nfs },
      (_nf, i) =>
        `${i === 0 ? "gen" : i === nfs - 1 ? "sink" : `fwd${i}`}-${i > 0 && shared && direction === "one" ? 0 : chain}`,
    ),
  );
  const kinds = Array.from({ length: nfs - 1 }, (_, hop) => hops[hop] ?? hops[0] ?? "vhost-user");
  const all = [...new Set(paths.flat())];
  const used = Math.min(cpus, all.length);
  const drop = dropEvery > 0 ? `, drop: [{ every: ${dropEvery} }]` : "";
  return [
    "name: model",
    "cores:",
    ...(kinds.includes("vhost-user") ? ["  0: switch"] : []),
    ...Array.from(
      { length: used },
      (_, cpu) => `  ${cpu + 1}: [${all.filter((_nf, i) => i % used === cpu).join(", ")}]`,
    ),
    "nfs:",
    ...all.map((nf) => {
      const app = nf.startsWith("gen") ? "pktgen" : nf.startsWith("sink") ? "stats" : "l2fwd";
      const forward = app === "l2fwd" ? `, work: { cycles: ${work} }${drop}` : "";
      return `  ${nf}: { app: ${app}, queueSize: ${queueSize}, memory: 16MiB${forward} }`;
    }),
    "chains:",
    ...paths.map((path, chain) => `  c${chain}: { path: [${path.join(", ")}], hops: [${kinds.join(", ")}] }`),
    `traffic: { frame: ${frame}, flows: ${flows}, rate: max, duration: 1s, direction: ${direction} }`,
  ].join("\n");
}

export function trialOf(lab: Lab, parts: Partial<SimulatedRequest> = {}, seed = 1): Trial {
  return makeTrial(simulateTrial(lab, requestOf(parts), seededRandom(seed)));
}

export function requestOf(parts: Partial<SimulatedRequest> = {}): SimulatedRequest {
  return {
    index: 0,
    arm: "model",
    round: 0,
    purpose: "trial",
    ratePps: undefined,
    durationMs: 1000,
    ceilingPps: undefined,
    ...parts,
  };
}

/** An NF in the host's network namespace can join no Docker network. */
const anyHops = fc
  .constantFrom<readonly Datapath[]>(
    ["vhost-user", "memif", "docker-bridge", "macvlan"],
    ["vhost-user", "memif", "host"],
  )
  .chain((kinds) => fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 4 }));

export const anyLab = fc.record<LabParts>({
  nfs: fc.integer({ min: 2, max: 5 }),
  hops: anyHops,
  chains: fc.constantFrom(1, 2),
  shared: fc.boolean(),
  cpus: fc.integer({ min: 1, max: 12 }),
  queueSize: fc.constantFrom(256, 1024, 4096),
  work: fc.constantFrom(0, 100, 2_000, 50_000),
  frame: fc.constantFrom(64, 512, 1518),
  flows: fc.constantFrom(1, 1_000, 1_000_000),
  direction: fc.constantFrom("one", "both"),
  dropEvery: fc.constant(0),
});

export const anySeed = fc.integer({ min: 0, max: 1_000_000 });
