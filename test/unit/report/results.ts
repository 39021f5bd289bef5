import { makeTrial } from "../../../src/measure/make-trial.ts";
import type { Result } from "../../../src/measure/result.ts";
import type { Expectation } from "../../../src/topology/topology.ts";
import {
  histogramAround,
  madeUpArm,
  madeUpChain,
  madeUpMeasurement,
  madeUpResult,
  madeUpTrials,
  PLAIN_TRAFFIC,
} from "../measure/made-up.ts";

const FACTORS = [1, 0.97, 1.04, 0.99, 1.02];

const FIVE_TIMES: Expectation = {
  text: "throughput(vhost-user) >= 5 * throughput(docker-bridge)",
  left: { kind: "metric", factor: 1, metric: "throughput", datapath: "vhost-user" },
  relation: ">=",
  right: { kind: "metric", factor: 5, metric: "throughput", datapath: "docker-bridge" },
};
const LOSS_FREE: Expectation = {
  text: "loss <= 0.001",
  left: { kind: "metric", factor: 1, metric: "loss", datapath: undefined },
  relation: "<=",
  right: { kind: "number", value: 0.001 },
};

export function twoArms(): Result {
  const trials = [
    ...madeUpTrials("docker-bridge", 260_000, FACTORS, 12_000),
    ...madeUpTrials("vhost-user", 4_900_000, FACTORS),
  ];
  return madeUpResult(["docker-bridge", "vhost-user"], trials, { expectations: [FIVE_TIMES, LOSS_FREE] });
}

export function fourArms(): Result {
  const trials = [
    ...madeUpTrials("docker-bridge", 260_000, FACTORS, 12_000),
    ...madeUpTrials("macvlan", 262_000, [1, 0.99, 1.01, 1, 1.01], 900),
    ...madeUpTrials("host", 250_000, [1, 1.3, 0.7, 1.2, 0.8], 4),
    ...madeUpTrials("vhost-user", 4_900_000, FACTORS, 2_400),
  ];
  return madeUpResult(["docker-bridge", "macvlan", "host", "vhost-user"], trials, { expectations: [FIVE_TIMES] });
}

/** Packets vanish at one step of one arm, and come from nowhere on the other. */
export function unexplainedLoss(): Result {
  const leaky = makeTrial(madeUpMeasurement({ chains: [madeUpChain({ full: 1_000, received: 3_997_766 })] }));
  const ghostly = makeTrial(
    madeUpMeasurement({ arm: "macvlan", pmds: [], chains: [madeUpChain({ received: 4_000_012 })] }),
  );
  return madeUpResult(["vhost-user", "macvlan"], [leaky, leaky, ghostly]);
}

/** Interrupted in the second round: one trial cut short, one arm never begun. */
export function incomplete(): Result {
  const cut = makeTrial(
    madeUpMeasurement({ incomplete: "Interrupted after 0.8 s of 2 s.", chains: [madeUpChain({ sent: 1_000_000 })] }),
  );
  const trials = [
    ...madeUpTrials("docker-bridge", 260_000, [1, 0.98]),
    ...madeUpTrials("vhost-user", 4_900_000, [1]),
    cut,
  ];
  return madeUpResult(["docker-bridge", "vhost-user", "macvlan"], trials, {
    complete: false,
    expectations: [FIVE_TIMES, LOSS_FREE],
  });
}

/** A run of one simulated trial at a given rate, which the generator did not reach. */
export function oneTrial(): Result {
  const traffic = {
    ...PLAIN_TRAFFIC,
    frames: [{ bytes: 1518, weight: 1 }],
    flows: { ...PLAIN_TRAFFIC.flows, count: 16 },
    ratePps: 2_100_000,
  };
  const chain = madeUpChain({ offered: 4_200_000, sent: 4_000_000, receivedBytes: 4_000_000 * 1518 });
  const trial = makeTrial(madeUpMeasurement({ ratePps: 2_100_000, generatorCeilingPps: 2_050_000, chains: [chain] }));
  return madeUpResult(["vhost-user"], [trial], {
    kind: "run",
    simulated: true,
    arms: [madeUpArm("vhost-user", { traffic })],
  });
}

/** Two chains side by side on each datapath. */
export function severalChains(): Result {
  const trialOf = (index: number, datapath: "docker-bridge" | "vhost-user", packets: number) =>
    makeTrial(
      madeUpMeasurement({
        index,
        arm: datapath,
        ...(datapath === "vhost-user" ? {} : { pmds: [], threads: [] }),
        chains: [
          madeUpChain({ chain: "uplink", sent: packets, full: Math.round(packets / 50) }),
          madeUpChain({ chain: "downlink", sent: packets / 2, latency: histogramAround(30_000) }),
        ],
      }),
    );
  const trials = FACTORS.flatMap((factor, index) => [
    trialOf(2 * index, "docker-bridge", Math.round(130_000 * factor) * 2),
    trialOf(2 * index + 1, "vhost-user", Math.round(1_400_000 * factor) * 2),
  ]);
  return madeUpResult(["docker-bridge", "vhost-user"], trials);
}
