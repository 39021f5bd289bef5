import { isMap, isSeq, parseDocument } from "yaml";
import { namedSettings, SETTINGS, tellSetting } from "./named-settings.ts";
import { didYouMean } from "./suggest.ts";
import type { SweepParameter } from "./topology.ts";

/** One combination of values of a sweep, or one side of a comparison: the file's text with the values put in. */
export interface Variant {
  /** `frame=64 flows=1000`; named settings by their names alone: `frame=64 packed rings`. */
  readonly name: string;
  readonly settings: readonly { readonly parameter: string; readonly value: string }[];
  /** A topology file of its own: comments and order of the original are kept. */
  readonly text: string;
}

/** More combinations than anybody waits for. */
export const MOST_COMBINATIONS = 1000;

/** Short names of parameters, by where they stand in the file. */
const TRAFFIC_KEYS = ["frame", "flows", "rate", "burst", "direction", "vlan", "network", "transport", "duration"];
const NF_KEYS = ["queueSize", "queues", "virtio", "memory"];
const TOP_KEYS = ["cores", "datapath", "between", "chains", "nfs", "traffic", "switch", "macvlan", "ipvlan", "measure"];
export const SWEEP_PARAMETERS: readonly string[] = [...TRAFFIC_KEYS, ...NF_KEYS, "chainLength", ...TOP_KEYS, SETTINGS];

const WITHIN_SETTINGS = SWEEP_PARAMETERS.filter((parameter) => parameter !== SETTINGS);

/** Why a parameter cannot be swept: what is wrong, and what to do. */
export interface SweepProblem {
  readonly parameter: string;
  readonly problem: string;
  readonly help: string;
}

/** What is wrong with the parameters themselves; values are checked by reading the variants as files. */
export function sweepProblems(sweep: readonly SweepParameter[]): readonly SweepProblem[] {
  const combinations = sweep.reduce((product, { values }) => product * Math.max(1, values.length), 1);
  const tooMany =
    combinations > MOST_COMBINATIONS
      ? [
          {
            parameter: sweep[0]?.parameter ?? "",
            problem: `has ${combinations} combinations in all; ${MOST_COMBINATIONS} are the most`,
            help: "sweep fewer values or parameters at a time",
          },
        ]
      : [];
  return [
    ...sweep.flatMap((parameter) =>
      parameter.parameter === SETTINGS ? settingsProblems(parameter) : problemOf(parameter),
    ),
    ...tooMany,
  ];
}

/** Each of them has a name and parameters, and no parameter is swept that could not be swept by itself. */
function settingsProblems({ parameter, values }: SweepParameter): readonly SweepProblem[] {
  const read = values.map(namedSettings);
  const nameless = read.indexOf(undefined);
  if (nameless >= 0) {
    const problem = `has a value that is not a name with parameters: number ${nameless + 1}`;
    return [{ parameter, problem, help: "write each as { name: rings of 256, queueSize: 256 }" }];
  }
  const inside = read.flatMap((named) =>
    (named?.settings ?? []).flatMap((setting) =>
      problemOf({ parameter: setting.parameter, values: [setting.value] }, WITHIN_SETTINGS).map(
        ({ problem, help }) => ({
          parameter,
          problem: `named ${named?.name} change ${setting.parameter}, which ${problem}`,
          help,
        }),
      ),
    ),
  );
  return inside.length > 0 ? inside : problemOf({ parameter, values: read.map((named) => named?.name) });
}

function problemOf(
  { parameter, values }: SweepParameter,
  parameters: readonly string[] = SWEEP_PARAMETERS,
): readonly SweepProblem[] {
  const help = `sweep ${SWEEP_PARAMETERS.slice(0, 8).join(", ")} or a path such as switch.txRetries`;
  const top = parameter.split(".")[0] ?? "";
  if (parameter === "name" || top === "sweep" || top === "compare" || top === "expect") {
    return [{ parameter, problem: "cannot be swept: it says nothing about the lab or its traffic", help }];
  }
  const known = parameters.includes(parameter) || (parameter.includes(".") && TOP_KEYS.includes(top));
  if (!known) {
    return [{ parameter, problem: "is no parameter of the file", help: `${didYouMean(parameter, parameters)}${help}` }];
  }
  if (values.length === 0) return [{ parameter, problem: "has no values", help: "list at least one" }];
  const texts = values.map(textOf);
  const twice = texts.find((text, index) => texts.indexOf(text) !== index);
  if (twice !== undefined) {
    return [
      {
        parameter,
        problem: `takes the value ${twice} twice`,
        help: "give each value once; measure.trials says how often it is measured",
      },
    ];
  }
  return [];
}

/** Every combination of the values, the last parameter changing fastest. */
export function sweepVariants(text: string, sweep: readonly SweepParameter[]): readonly Variant[] {
  let combinations: readonly (readonly { readonly parameter: string; readonly value: unknown }[])[] = [[]];
  for (const { parameter, values } of sweep) {
    combinations = combinations.flatMap((before) => values.map((value) => [...before, { parameter, value }]));
  }
  return combinations.map((settings) => variantOf(text, settings));
}

/** The file with these values put in. */
export function variantOf(
  text: string,
  settings: readonly { readonly parameter: string; readonly value: unknown }[],
): Variant {
  const document = parseDocument(text, { uniqueKeys: false, logLevel: "error" });
  document.delete("sweep");
  for (const setting of settings) {
    const several = setting.parameter === SETTINGS ? (namedSettings(setting.value)?.settings ?? []) : [setting];
    for (const { parameter, value } of several) {
      if (parameter === "chainLength") setChainLength(document, Number(value));
      else for (const path of pathsOf(document, parameter)) setAt(document, path, value);
    }
  }
  const told = settings.map(({ parameter, value }) => ({
    parameter,
    value: (parameter === SETTINGS ? namedSettings(value)?.name : undefined) ?? textOf(value),
  }));
  return {
    name: told.map(tellSetting).join(" "),
    settings: told,
    text: document.toString({ lineWidth: 0 }),
  };
}

type Document = ReturnType<typeof parseDocument>;
type Path = readonly string[];

function pathsOf(document: Document, parameter: string): readonly Path[] {
  if (TRAFFIC_KEYS.includes(parameter)) return [["traffic", parameter]];
  if (NF_KEYS.includes(parameter)) return keysOf(document, ["nfs"]).map((nf) => ["nfs", nf, parameter]);
  return [parameter.split(".")];
}

/** `datapath` of the file decides only where nothing nearer does; a chain's own is left alone. */
function setAt(document: Document, path: Path, value: unknown): void {
  for (let length = 1; length < path.length; length++) {
    const parent = path.slice(0, length);
    if (!isMap(document.getIn(parent))) document.setIn(parent, document.createNode({}));
  }
  const last = path.at(-1) ?? "";
  const parent = path.slice(0, -1);
  const whole = path.length === 1 && last === "cores" ? withCpuNumbers(value) : value;
  document.setIn([...parent, keyIn(document, parent, last)], document.createNode(whole));
}

/** An affinity map as a value has texts for keys, as JavaScript's objects do; in the file they are numbers, under the names of hosts where there are several. */
function withCpuNumbers(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return new Map(
    Object.entries(value).map(([key, owner]) => [/^\d+$/.test(key) ? Number(key) : key, withCpuNumbers(owner)]),
  );
}

/** Keys that look like numbers are numbers to YAML: `cores.1`. */
function keyIn(document: Document, parent: Path, key: string): unknown {
  const map = parent.length === 0 ? document.contents : document.getIn(parent);
  if (!isMap(map)) return key;
  const found = map.items.find(({ key: own }) => String(own) === key);
  return found === undefined ? key : ((found.key as { readonly value?: unknown }).value ?? key);
}

function keysOf(document: Document, path: Path): readonly string[] {
  const map = document.getIn(path);
  return isMap(map) ? map.items.map(({ key }) => String(key)) : [];
}

/**
 * Makes every chain this many NFs long. Forwarders that are too many are taken out from the end; those that are missing are like the last one there is, or
 * plain ones on the CPU of the last NF, and share its CPU.
 */
function setChainLength(document: Document, length: number): void {
  for (const chain of keysOf(document, ["chains"])) {
    const short = isSeq(document.getIn(["chains", chain]));
    const at = short ? ["chains", chain] : ["chains", chain, "path"];
    const path = pathIn(document, at);
    const first = path[0];
    const last = path.at(-1);
    if (first === undefined || last === undefined || path.length < 2) continue;
    const between = path.slice(1, -1);
    const model = between.at(-1);
    const wanted = Math.max(0, length - 2);
    const kept = between.slice(0, wanted);
    const added = Array.from({ length: wanted - kept.length }, (_, index) => `${chain}-fwd${kept.length + index + 1}`);
    const spec = model === undefined ? { app: "l2fwd" } : plainAt(document, ["nfs", model]);
    for (const nf of added) document.setIn(["nfs", nf], document.createNode(spec));
    for (const nf of between.slice(wanted)) removeNf(document, nf);
    placeBeside(document, model !== undefined && kept.includes(model) ? model : last, added);
    document.setIn(at, document.createNode([first, ...kept, ...added, last], { flow: true }));
  }
}

function pathIn(document: Document, at: Path): readonly string[] {
  const value = plainAt(document, at);
  return Array.isArray(value) ? value.map(String) : [];
}

function plainAt(document: Document, at: Path): unknown {
  const node = document.getIn(at);
  return typeof node === "object" && node !== null && "toJSON" in node
    ? (node as { toJSON(): unknown }).toJSON()
    : node;
}

function placeBeside(document: Document, neighbour: string, added: readonly string[]): void {
  if (added.length === 0) return;
  changeOwners(document, (owners) => (owners.includes(neighbour) ? [...owners, ...added] : owners));
}

function removeNf(document: Document, nf: string): void {
  document.deleteIn(["nfs", nf]);
  changeOwners(document, (owners) => owners.filter((owner) => owner !== nf));
}

/** Changes what runs on each CPU, of each host where there are several; a CPU that nothing is left for goes. */
function changeOwners(
  document: Document,
  change: (owners: readonly string[]) => readonly string[],
  at: readonly unknown[] = ["cores"],
): void {
  const cores = document.getIn(at);
  if (!isMap(cores)) return;
  for (const { key } of [...cores.items]) {
    const cpu = (key as { readonly value?: unknown }).value;
    if (isMap(cores.get(cpu))) {
      changeOwners(document, change, [...at, cpu]);
      continue;
    }
    const value = plainAt(document, [...at, cpu] as string[]);
    const owners = Array.isArray(value) ? value.map(String) : [String(value)];
    const changed = change(owners);
    if (changed.length === 0) cores.delete(cpu);
    else if (changed.join() !== owners.join()) {
      cores.set(cpu, document.createNode(changed.length === 1 ? changed[0] : changed, { flow: true }));
    }
  }
}

/** A value as one would write it in the file, in one line. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value).replaceAll('"', "");
}
