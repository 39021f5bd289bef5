import fc from "fast-check";
import { expect, test } from "vitest";
import { explain } from "../../../src/measure/explain/explain.ts";
import { simulatedFacts } from "../../../src/simulate/facts.ts";
import { labOf } from "../lab/make-lab.ts";
import { anySeed, trialOf } from "./labs.ts";

/** A chain of two or three NFs, the first hop limited. */
function limitedLab(datapath: string, at: string, rate: string, longer = false) {
  const [path, hops] = longer ? ["gen, fwd, sink", ", default"] : ["gen, sink", ""];
  const text = [
    "name: limited",
    "cores: { 0: switch, 1: gen, 2: fwd, 3: sink }",
    "nfs: { gen: { app: pktgen }, fwd: { app: l2fwd }, sink: { app: stats } }",
    `chains: { main: { path: [${path}], hops: [{ limit: { rate: ${rate}, at: ${at} } }${hops}] } }`,
    `datapath: ${datapath}`,
    "traffic: { frame: 512, duration: 2s }",
  ];
  return labOf(text.join("\n"), simulatedFacts());
}

const PLACES = [
  ["vhost-user", "ingress"],
  ["vhost-user", "egress"],
  ["vhost-user", "meter"],
  ["af-xdp", "meter"],
  ["ovs-veth", "meter"],
  ["docker-bridge", "egress"],
  ["host", "egress"],
] as const;

test.each(PLACES)("the model of %s holds a rate at %s, and names what is over it", (datapath, at) => {
  fc.assert(
    fc.property(anySeed, fc.boolean(), (seed, longer) => {
      const lab = limitedLab(datapath, at, "20Mbps", longer);
      const trial = trialOf(lab, { ratePps: 10_000, durationMs: 2000 }, seed);
      const [chain] = trial.chains;
      expect(chain?.ledger.unexplained).toBe(0);
      const over = chain?.ledger.droppedByReason.find(({ reason }) => reason.endsWith("over the limit of the hop"));
      // 20,000 frames are offered, 9,765 may pass.
      expect(Math.abs((over?.packets ?? 0) - 10_235)).toBeLessThan(20);
      expect(chain?.limits).toHaveLength(1);
      const [limit] = chain?.limits ?? [];
      expect(limit).toMatchObject({ from: "gen", at, askedBps: 20e6 });
      expect(Math.abs((limit?.achievedBps ?? 0) / 20e6 - 1)).toBeLessThan(0.005);
      expect(explain(lab, [trial]).limit).toMatchObject({
        code: "limited",
        where: expect.stringMatching(/^hop gen to (sink|fwd) of chain main$/),
      });
    }),
    { numRuns: 20 },
  );
});

test("a limit above what is offered drops nothing", () => {
  const [chain] = trialOf(limitedLab("vhost-user", "egress", "1Gbps"), { ratePps: 10_000 }).chains;
  expect(chain?.received).toBe(chain?.sent);
});
