/**
 * What must be known of a result to say whether it may be set against another. All figures as text or numbers that are equal when the things are.
 * Undefined: not known, or not there.
 */
export interface ResultDescriptor {
  readonly cpuModel: string | undefined;
  /** CPUs that could be used. */
  readonly cpuCount: number | undefined;
  /** "6.18": the rest of a kernel's version seldom matters. */
  readonly kernelMajorMinor: string | undefined;
  /** Name of the hypervisor; "none" on bare metal. */
  readonly virtualisation: string | undefined;
  /** Scaling governor of the CPUs. */
  readonly governor: string | undefined;
  /** Kibibytes of a huge page. */
  readonly hugePageKib: number | undefined;
  readonly ovs: string | undefined;
  readonly dpdk: string | undefined;
  readonly docker: string | undefined;
  readonly corebed: string | undefined;
  /** Which owners poll on which CPU in the lab: "0: switch, 1: source + sink". */
  readonly placement: string | undefined;
  /** What was sent, every parameter that changes packets or rates: "64 B, 1 flow, max". */
  readonly traffic: string | undefined;
  /** How the figure was got: "max-rate 1 s", "PDR 0.5 %". Figures of different methods are different quantities. */
  readonly method: string | undefined;
  /** Whether a modelled data plane made the figures. */
  readonly simulated: boolean;
}

/** `refuse`: a ratio of the two says nothing about what is compared. `note`: to be said beside it. */
export type Severity = "refuse" | "note";

/** One thing in which two results differ. */
export interface Difference {
  readonly field: keyof ResultDescriptor;
  readonly severity: Severity;
  /** One sentence, with both values in it. */
  readonly sentence: string;
}

/** What is told of a field that differs. */
interface Rule {
  readonly severity: Severity;
  readonly name: string;
  /** What follows from a difference, the end of the sentence. */
  readonly so: string;
}

const THROUGHPUT_FOLLOWS = "throughput follows the CPU more than anything in the lab";
const PART_OF_THE_PATH = "packets take another program's path";

const RULES: Readonly<Record<keyof ResultDescriptor, Rule>> = {
  simulated: { severity: "refuse", name: "the data plane", so: "a model's figures are not a machine's" },
  method: { severity: "refuse", name: "the method", so: "the figures are different quantities" },
  traffic: { severity: "refuse", name: "the traffic", so: "the labs did different work" },
  placement: { severity: "refuse", name: "the placement on CPUs", so: "sharing a CPU costs more than most changes" },
  cpuModel: { severity: "refuse", name: "the CPU model", so: THROUGHPUT_FOLLOWS },
  cpuCount: {
    severity: "refuse",
    name: "the number of CPUs",
    so: "the rest of the system has more room on one of them",
  },
  virtualisation: {
    severity: "refuse",
    name: "the virtualisation",
    so: "a hypervisor takes time and caches of its own",
  },
  governor: { severity: "refuse", name: "the CPU frequency governor", so: THROUGHPUT_FOLLOWS },
  hugePageKib: { severity: "note", name: "the size of huge pages in KiB", so: "address translation costs differ" },
  kernelMajorMinor: { severity: "note", name: "the kernel", so: "kernel paths and the scheduler may differ" },
  ovs: { severity: "note", name: "Open vSwitch", so: PART_OF_THE_PATH },
  dpdk: { severity: "note", name: "DPDK", so: PART_OF_THE_PATH },
  docker: { severity: "note", name: "the Docker engine", so: "its networks may be set up differently" },
  corebed: { severity: "note", name: "corebed", so: "its NFs and its way of measuring may have changed" },
};

/**
 * In what two results differ besides the thing under test, what forbids a comparison first. A value that only one of them knows is a note: it may be
 * equal. Empty where nothing is in the way.
 */
export function comparability(a: ResultDescriptor, b: ResultDescriptor): readonly Difference[] {
  const fields = Object.keys(RULES) as readonly (keyof ResultDescriptor)[];
  const differences = fields.flatMap((field) => differenceIn(field, a[field], b[field]));
  return differences.toSorted((one, other) => Number(one.severity === "note") - Number(other.severity === "note"));
}

function differenceIn<K extends keyof ResultDescriptor>(
  field: K,
  a: ResultDescriptor[K],
  b: ResultDescriptor[K],
): readonly Difference[] {
  if (a === b) return [];
  const { severity, name, so } = RULES[field];
  const subject = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  if (a === undefined || b === undefined) {
    return [{ field, severity: "note", sentence: `${subject} is known of one only (${a ?? b}): it may differ.` }];
  }
  return [{ field, severity, sentence: `${subject} differs (${shown(a)} and ${shown(b)}): ${so}.` }];
}

function shown(value: string | number | boolean): string | number {
  if (typeof value === "boolean") return value ? "modelled" : "real";
  return value;
}
