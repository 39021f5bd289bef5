import { z } from "zod";
import { choice, flag, integer, quantity } from "./leaf.ts";
import { absolutePath, reference } from "./schema-values.ts";
import { RXQ_ASSIGNMENTS, TX_STEERINGS } from "./topology.ts";
import { TIME } from "./units.ts";

const HIGHEST_CPU = 4095;

const pollingCpu = integer(0, HIGHEST_CPU, "", {
  title: "CPU",
  description: "A CPU that `cores` gives to the switch.",
  examples: [0],
});

const affinity = z
  .record(
    reference({ title: "NF", description: "Name of an NF under nfs.", examples: ["gen"] }),
    z.union([pollingCpu, z.array(pollingCpu)]).meta({
      title: "CPUs",
      description:
        "The CPU that polls the NF's queues, or several that they take in turn: port by port, queue by queue.",
      examples: [0, [0, 1]],
    }),
  )
  .meta({
    title: "Affinity of queues",
    description:
      "Which CPU of the switch polls the queues of which NF (pmd-rxq-affinity). NFs that are not named take turns on all of the switch's CPUs.",
    examples: [{ gen: 0, fwd: [0, 1] }],
  });

/** `switch:` of the file. */
export const switchSchema = z
  .strictObject({
    mode: choice(["container", "host"] as const, {
      title: "Where the switch runs",
      description: "container: corebed runs OVS-DPDK of its own for the lab. host: it uses an OVS that runs already.",
      examples: ["container", "host"],
    }).prefault("container"),
    runDirectory: absolutePath({
      title: "Run directory of an existing OVS",
      description: "Where its database socket is; only with mode host.",
      examples: ["/var/run/openvswitch"],
    }).prefault("/var/run/openvswitch"),
    txRetries: integer(0, 32, "", {
      title: "Transmit retries",
      description: "How often OVS tries again to hand a packet to a full vhost queue (tx-retries-max), 0 to 32.",
      examples: [0, 8],
    }).prefault(8),
    txFlushInterval: quantity(
      TIME,
      { base: "us", min: "0us", max: "1s", offer: ["us", "ms", "s"] },
      {
        title: "Transmit flush interval",
        description:
          "How long OVS may keep packets back to hand over more at once (tx-flush-interval); 0us hands them over at once, up to 1s.",
        examples: ["0us", "50us"],
      },
    ).prefault("0us"),
    txSteering: choice(TX_STEERINGS, {
      title: "Transmit steering",
      description:
        "Which of a port's several queues a packet goes to (tx-steering). thread: each poll-mode thread has one of them. hash: each flow has one.",
      examples: ["thread", "hash"],
    }).prefault("thread"),
    pmdMaxSleep: quantity(
      TIME,
      { base: "us", min: "0us", max: "10ms", offer: ["us", "ms"] },
      {
        title: "Longest sleep of an idle poll-mode thread",
        description: "0us polls without pause, which is fastest (pmd-maxsleep); up to 10ms.",
        examples: ["0us", "100us"],
      },
    ).prefault("0us"),
    rxqAssign: choice(RXQ_ASSIGNMENTS, {
      title: "Assignment of receive queues",
      description:
        "pinned: corebed says which poll-mode thread polls which queue. roundrobin, cycles and group leave it to OVS (pmd-rxq-assign).",
      examples: ["pinned", "cycles"],
    }).prefault("pinned"),
    affinity: affinity.prefault({}),
    simpleMatch: flag({
      title: "Simple match",
      description:
        "Whether OVS finds rules by the port alone, past all caches, as it does where rules name nothing else. false makes rules look at an address too, so that EMC, SMC and classifier are used.",
      examples: [true, false],
    }).prefault(true),
    emcInsertInvProb: integer(0, 4_294_967_295, "", {
      title: "Inverse probability of inserting into the exact-match cache",
      description: "100 caches one new flow in a hundred (emc-insert-inv-prob), 1 every flow, 0 none: no EMC.",
      examples: [100, 1, 0],
    }).prefault(100),
    smc: flag({
      title: "Signature-match cache",
      description: "Whether flows that the EMC has no room for are looked up in the larger SMC (smc-enable).",
      examples: [false, true],
    }).prefault(false),
  })
  .meta({
    title: "Switch settings",
    description: "How OVS-DPDK runs; matters only where a hop is vhost-user.",
    examples: [
      { txRetries: 0, pmdMaxSleep: "100us" },
      { simpleMatch: false, emcInsertInvProb: 0, smc: true },
    ],
  });
