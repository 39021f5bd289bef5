import { HostError } from "../host/host.ts";
import type { Survey, SurveyRequest } from "../host/survey.ts";
import type { Attendant } from "./attendant.ts";
import { shellQuoted } from "./shell-quoted.ts";

/** `Host.survey` over SSH: one script, one answer. */
export async function surveyRemote(host: string, attendant: Attendant, request: SurveyRequest): Promise<Survey> {
  const attempted = "look at the host";
  const { output, exitCode } = await attendant.script(surveyScript(request), attempted);
  const survey = parseSurvey(output, request);
  if (survey === undefined) throw new HostError(host, attempted, `its shell ended with ${exitCode} half-way`);
  return survey;
}

/**
 * What is there, each name with a zero byte behind it and one more at the end; what each command prints, with its exit code between zero bytes; and of each file each
 * line, with the file's name and a zero byte before it: that is one process however many files there are, and none of them can pass for another.
 */
export function surveyScript({ files = [], names = [], commands = [] }: SurveyRequest): string {
  const look = `for p in ${names.map(patternQuoted).join(" ")}; do { [ -e "$p" ] || [ -L "$p" ]; } && printf '%s\\0' "$p"; done`;
  return [
    ...(names.length === 0 ? [] : [look]),
    "printf '\\0'",
    ...commands.map((argv) => `${argv.map(shellQuoted).join(" ")} 2>/dev/null; printf '\\0%s\\0' "$?"`),
    ...(files.length === 0
      ? []
      : [`LC_ALL=C grep -aHZs -d skip -e '' -- ${files.map(patternQuoted).join(" ")} 2>/dev/null`]),
    "true",
  ].join("\n");
}

function patternQuoted(pattern: string): string {
  return pattern
    .split("*")
    .map((part) => (part === "" ? "" : shellQuoted(part)))
    .join("*");
}

/** Undefined if it was cut off. */
export function parseSurvey(output: Buffer, { commands = [] }: SurveyRequest): Survey | undefined {
  let at = 0;
  const next = (): string | undefined => {
    const end = output.indexOf(0, at);
    if (end < 0) return undefined;
    const text = output.toString("utf8", at, end);
    at = end + 1;
    return text;
  };
  const names = new Set<string>();
  for (let name = next(); name !== ""; name = next()) {
    if (name === undefined) return undefined;
    names.add(name);
  }
  const outputs: Survey["outputs"][number][] = [];
  for (const _ of commands) {
    const [stdout, code] = [next(), next()];
    if (stdout === undefined || code === undefined) return undefined;
    const exitCode = Number(code);
    outputs.push(exitCode === 127 ? undefined : { exitCode, stdout, stderr: "" });
  }
  const lines = new Map<string, string[]>();
  for (const line of output.toString("utf8", at).split("\n")) {
    const end = line.indexOf("\0");
    if (end < 0) continue;
    const path = line.slice(0, end);
    const known = lines.get(path) ?? [];
    known.push(line.slice(end + 1));
    lines.set(path, known);
  }
  return { texts: new Map([...lines].map(([path, own]) => [path, `${own.join("\n")}\n`])), names, outputs };
}
