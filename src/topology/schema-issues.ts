import type { z } from "zod";
import type { KeyPath } from "./diagnostic.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { problemOf } from "./leaf.ts";
import type { Problem } from "./reading.ts";
import { checkSchema, rootSchemaFor } from "./schema.ts";
import { exampleOf, keysOf, kindOf, schemaAt } from "./schema-shape.ts";
import { didYouMean, suggest } from "./suggest.ts";
import { label, thingAt } from "./thing-names.ts";
import { APPS } from "./topology.ts";
import { anyOf, flowYaml, found, quote } from "./wording.ts";

type Issue = z.core.$ZodIssue;

/** Reports what the schema says against the file, in the user's words. */
export function checkAgainstSchema(plain: unknown, report: DiagnosticList): void {
  const file = { plain, root: rootSchemaFor(plain) };
  const result = checkSchema(file.root, plain);
  if (result.success) return;
  for (const issue of result.error.issues) reportIssue(issue, [], file, report);
}

/** What the user wrote, and the schema of the form that it has. */
interface Written {
  readonly plain: unknown;
  readonly root: z.ZodType;
}

function reportIssue(issue: Issue, above: KeyPath, file: Written, report: DiagnosticList): void {
  const path = [...above, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case "unrecognized_keys":
      for (const key of issue.keys) reportUnknownKey(path, key, file, report);
      return;
    case "invalid_key": {
      const problem = issue.issues.map((inner) => inner.code === "custom" && problemOf(inner.params)).find(Boolean);
      if (problem) reportKey(path, problem, report);
      return;
    }
    case "invalid_union": {
      const branch = branchFor(issue.errors);
      if (branch === undefined) reportKind(path, file, report);
      else for (const inner of branch) reportIssue(inner, path, file, report);
      return;
    }
    default: {
      const problem = issue.code === "custom" ? problemOf(issue.params) : undefined;
      if (problem === undefined || isNothing(valueAt(file.plain, path))) reportKind(path, file, report);
      else {
        const { code, help, at } = problem;
        report.error({ code, place: { path, at }, message: `${subjectAt(path)} ${problem.problem}`, help });
      }
    }
  }
}

/** A CPU is no name, but what runs on it is. */
function subjectAt(path: KeyPath): string {
  const [section, first] = path;
  const isCpu = section === "cores" && path.length === (/^\d+$/.test(String(first)) || path.length === 2 ? 2 : 3);
  return isCpu ? `what runs on ${thingAt(path)}` : thingAt(path);
}

/** The form that the user had in mind: one that fits from outside, else a single value that explains itself. */
function branchFor(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fits = branches.find((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys"),
  );
  return fits ?? branches.find((issues) => issues.some((issue) => issue.path.length === 0 && issue.code === "custom"));
}

function reportUnknownKey(path: KeyPath, key: string, { root }: Written, report: DiagnosticList): void {
  const keys = keysOf(schemaAt(root, path)) ?? [];
  const where = path.length === 0 ? "a topology" : thingAt(path);
  report.error({
    code: "unknown-key",
    place: { path: [...path, key], part: "key" },
    message: `${where} has no key ${quote(key)}`,
    help: `${didYouMean(key, keys)}the keys are ${anyOf(keys, "and")}`,
  });
}

function reportKey(path: KeyPath, problem: Problem, report: DiagnosticList): void {
  const [section] = path;
  const subject = { nfs: "the name of an NF ", chains: "the name of a chain ", hosts: "the name of a host " }[
    String(path.length === 2 ? section : "")
  ];
  const prefix = subject ?? (section === "cores" ? "" : "a name in env ");
  const { code, help } = problem;
  report.error({ code, place: { path, part: "key" }, message: `${prefix}${problem.problem}`, help });
}

/** A value that is missing, empty, or a map where a list should be. */
function reportKind(path: KeyPath, { plain, root }: Written, report: DiagnosticList): void {
  const value = valueAt(plain, path);
  const schema = schemaAt(root, path);
  const example = flowYaml(exampleOf(schema));
  const key = path.at(-1);
  const line = typeof key === "string" ? `${key}: ${example}` : example;
  if (value === undefined) {
    const missing = quote(String(key));
    const message =
      path.length === 1 ? `the topology has no ${missing}` : `${thingAt(path.slice(0, -1))} has no ${missing}`;
    report.error({
      code: "missing-key",
      place: { path: path.slice(0, -1), part: "key" },
      message,
      help: `add it, such as  ${line}`,
    });
    return;
  }
  if (value === null) {
    const help =
      path.length > 1 || isRequired(path)
        ? `give it one, such as  ${line}`
        : `remove the line, or give it one, such as  ${line}`;
    report.error({ code: "empty-value", place: { path }, message: `${thingAt(path)} has no value`, help });
    return;
  }
  report.error({
    code: "wrong-type",
    place: { path },
    message: `${thingAt(path)} must be ${kindOf(schema)}, found ${found(value)}`,
    help: inPlaceOf(path, value) ?? `write it like  ${line}`,
  });
}

/** Common slips whose meaning is plain. */
function inPlaceOf(path: KeyPath, value: unknown): string | undefined {
  const [section, name] = path;
  if (section === undefined)
    return "a topology has the keys name, cores, nfs and chains; topologies/pktgen-stats.yaml is one to start from";
  if (typeof value !== "string" || value.length > 200) return undefined;
  if (section === "chains" && path.length === 2) {
    const names = value.split(/\s*(?:->|→|,|\s)\s*/).filter((part) => part !== "");
    return `write the NFs as a list: ${label(String(name))}: [${names.map(label).join(", ")}]`;
  }
  if (section === "nfs" && path.length === 2 && suggest(value, APPS) !== undefined)
    return `write ${label(String(name))}: { app: ${suggest(value, APPS)} }`;
  if (path.length === 1 && section === "expect") return `write a list: expect: [${quote(value, 80)}]`;
  return undefined;
}

function isRequired(path: KeyPath): boolean {
  return ["name", "cores", "nfs", "chains"].includes(String(path[0]));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function valueAt(plain: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[step] : undefined,
    plain,
  );
}
