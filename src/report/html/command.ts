import { ASKED_METHOD } from "../../measure/asked-method.ts";
import type { Result } from "../../measure/result.ts";
import type { Method } from "../../measure/search/method.ts";
import { parseTopology } from "../../topology/parse-topology.ts";
import type { Topology } from "../../topology/topology.ts";

const USUAL_CALIBRATION_TRIALS = 5;
const USUAL_COMPARE_REPEATS = 5;
const USUAL_TRIALS = 3;

/** The name under which the topology's text is to be kept: as it was given, or a new one where it came from standard input. */
export function topologyFileName({ topology }: Result): string {
  const { file, name } = topology;
  return file === "<stdin>" || file === "-" ? `${name}.yaml` : file.startsWith("-") ? `./${file}` : file;
}

/** The command line that measures the same again, with every option that the result can tell and that is not the usual one; quoted for a POSIX shell. */
export function reproduceCommand(result: Result): string {
  const parsed = parseTopology(new TextEncoder().encode(result.topology.text), result.topology.file);
  const topology = parsed.ok ? parsed.topology : undefined;
  const words = [
    "corebed",
    result.kind,
    topologyFileName(result),
    ...methodOptions(result, topology),
    ...orderOptions(result, topology),
    ...(result.arms.some(({ cpus }) => cpus.folded) ? ["--fold-cores"] : []),
    ...againstOptions(result),
    "--seed",
    String(result.seed),
    ...(result.simulated ? ["--simulate"] : []),
  ];
  return words.map(quoted).join(" ");
}

function methodOptions({ method, kind }: Result, topology: Topology | undefined): readonly string[] {
  const name = ASKED_METHOD[method.kind];
  const measure = topology?.measure.method === name ? [] : ["--measure", name];
  return [...measure, ...trialOptions(method, kind, topology)];
}

function trialOptions(method: Method, kind: Result["kind"], topology: Topology | undefined): readonly string[] {
  if (!("trials" in method)) return [];
  const { trials } = method;
  switch (kind) {
    case "calibrate": {
      const whole = trials % USUAL_CALIBRATION_TRIALS === 0;
      return whole
        ? ["--comparisons", String(trials / USUAL_CALIBRATION_TRIALS)]
        : ["--trials", String(trials), "--comparisons", "1"];
    }
    case "compare":
      return trials === (topology?.compare?.repeats ?? USUAL_COMPARE_REPEATS) && topology !== undefined
        ? []
        : ["--repeats", String(trials)];
    default: {
      const usual = method.kind === "latency-profile" ? 1 : USUAL_TRIALS;
      return topology !== undefined && trials === (topology.measure.trials ?? usual)
        ? []
        : ["--trials", String(trials)];
    }
  }
}

function orderOptions({ orderKind, arms, kind }: Result, topology: Topology | undefined): readonly string[] {
  if (arms.length < 2) return [];
  const usual = kind === "calibrate" ? "random" : kind === "compare" ? (topology?.compare?.order ?? "abba") : "abba";
  return orderKind === usual ? [] : ["--order", orderKind];
}

/** The other side of `compare --against`, and an earlier result: both by the names they were given by. */
function againstOptions({ arms, baseline }: Result): readonly string[] {
  const [first] = arms;
  const against = first?.settings.some(({ parameter }) => parameter === "file") ? ["--against", first.name] : [];
  return [...against, ...(baseline === undefined ? [] : ["--baseline", baseline.file])];
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
