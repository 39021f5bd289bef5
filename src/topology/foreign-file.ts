import { type Document, isMap, isScalar, isSeq, type Node } from "yaml";
import type { Diagnostic } from "./diagnostic.ts";
import type { TextLines } from "./text-lines.ts";

/** A kind of file that other tools read and that lands here by mistake, or in hope. */
interface ForeignKind {
  /** To follow "this is". */
  readonly what: string;
  readonly help: string;
  /** The key that gives it away, if this is such a file. */
  readonly sign: (keys: TopLevel) => string | undefined;
}

/** Top-level keys with what stands under them. */
type TopLevel = ReadonlyMap<string, Node | null>;

/** What every topology of ours has; who writes one of these means corebed. */
const OURS = ["cores", "nfs", "chains"];
const START = "topologies/pktgen-stats.yaml is one to start from";

/** More telling signs first: several tools have a `services` or a `jobs`. */
const KINDS: readonly ForeignKind[] = [
  {
    what: "a result of corebed, not a topology",
    help: "corebed report and corebed explain read results; the topology of this one stands under topology.text in it",
    sign: (keys) => startsWith(keys, "schema", "corebed/result/"),
  },
  {
    what: "JSON that corebed printed, not a topology",
    help: `give the topology file that it was made from; ${START}`,
    sign: (keys) => startsWith(keys, "schema", "corebed/"),
  },
  {
    what: "a Kubernetes manifest, not a corebed topology",
    help: `corebed runs containers on one host by itself; write each container of a pod as an NF with image: under nfs, its CPU under cores and their order under chains; ${START}`,
    sign: (keys) => (keys.has("apiVersion") && keys.has("kind") ? "apiVersion" : undefined),
  },
  {
    what: "a containerlab topology, not one of corebed",
    help: `write each node as an NF with image: under nfs, its CPU under cores, and links in the order that packets pass them as a chain under chains; ${START}`,
    sign: (keys) =>
      ["nodes", "links", "kinds", "defaults"].some((key) => under(keys, "topology", key)) ? "topology" : undefined,
  },
  {
    what: "a TOSCA template, not a corebed topology",
    help: `write each VDU as an NF with image: under nfs, its CPU under cores and the forwarding path as a chain under chains; ${START}`,
    sign: (keys) => has(keys, "tosca_definitions_version"),
  },
  {
    what: "a GitHub workflow, not a corebed topology",
    help: `a workflow runs corebed as a step: corebed ci FILE, as docs/ci.md shows; ${START}`,
    sign: (keys) => (keys.has("jobs") && (keys.has("on") || keys.has("true")) ? "jobs" : undefined),
  },
  {
    what: "a Docker Compose file, not a corebed topology",
    help: `write each service as an NF with image:, command: and env: under nfs, its CPU under cores and the order that packets pass them under chains; ${START}`,
    sign: (keys) => (isMap(keys.get("services")) ? "services" : undefined),
  },
  {
    what: "a netplan configuration, not a corebed topology",
    help: `corebed makes the networks of a lab itself; ${START}`,
    sign: (keys) => (under(keys, "network", "version") ? "network" : undefined),
  },
];

/** What another tool's file is and what to do instead, if this is one; looked at before anything else, since its syntax may not be ours either. */
export function foreignFile(file: string, lines: TextLines, document: Document.Parsed): Diagnostic | undefined {
  const { contents } = document;
  if (isPlaybook(contents)) return diagnostic(file, lines, PLAYBOOK, contents?.range?.[0] ?? 0, 1);
  if (!isMap(contents)) return undefined;
  const places = new Map<string, readonly [number, number]>();
  const keys = new Map<string, Node | null>();
  for (const { key, value } of contents.items) {
    if (!isScalar(key) || !key.range) continue;
    const name = String(key.value);
    places.set(name, [key.range[0], key.range[1] - key.range[0]]);
    keys.set(name, (value as Node | null) ?? null);
  }
  if (OURS.some((key) => keys.has(key))) return undefined;
  for (const kind of KINDS) {
    const sign = kind.sign(keys);
    if (sign === undefined) continue;
    const [from, length] = places.get(sign) ?? [0, 1];
    return diagnostic(file, lines, kind, from, length);
  }
  return undefined;
}

const PLAYBOOK = {
  what: "an Ansible playbook, not a corebed topology",
  help: `a playbook runs corebed as a command: corebed apply FILE; ${START}`,
};

function isPlaybook(contents: Node | null): boolean {
  if (!isSeq(contents)) return false;
  const [first] = contents.items;
  return isMap(first) && first.has("hosts") && ["tasks", "roles", "vars", "become"].some((key) => first.has(key));
}

function diagnostic(
  file: string,
  lines: TextLines,
  { what, help }: Pick<ForeignKind, "what" | "help">,
  from: number,
  length: number,
): Diagnostic {
  const span = lines.span(file, from, from + length);
  return { severity: "error", code: "foreign-file", message: `this is ${what}`, help, span, related: [] };
}

function has(keys: TopLevel, key: string): string | undefined {
  return keys.has(key) ? key : undefined;
}

function under(keys: TopLevel, section: string, key: string): boolean {
  const node = keys.get(section);
  return isMap(node) && node.has(key);
}

function startsWith(keys: TopLevel, key: string, beginning: string): string | undefined {
  const node = keys.get(key);
  return isScalar(node) && String(node.value).startsWith(beginning) ? key : undefined;
}
