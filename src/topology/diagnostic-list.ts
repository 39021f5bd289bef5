import type { Diagnostic, KeyPath, Span } from "./diagnostic.ts";
import type { TopologySource } from "./source-file.ts";

/** A place by its path in the file. */
export interface Place {
  readonly path: KeyPath;
  readonly part?: "key" | "value";
  /** Inside a text value. */
  readonly at?: { readonly offset: number; readonly length: number } | undefined;
}

export interface Finding {
  readonly code: string;
  readonly place: Place;
  readonly message: string;
  readonly help: string;
  readonly related?: readonly { readonly place: Place; readonly message: string }[];
}

/** Collects what the rules find; nothing stops at the first error. */
export interface DiagnosticList {
  readonly error: (finding: Finding) => void;
  readonly warning: (finding: Finding) => void;
  readonly all: readonly Diagnostic[];
}

export function diagnosticList(source: TopologySource): DiagnosticList {
  const all: Diagnostic[] = [];
  const spanOf = (place: Place): Span =>
    place.at === undefined
      ? source.locate(place.path, place.part)
      : source.locateInside(place.path, place.at.offset, place.at.length);
  const add = (severity: Diagnostic["severity"], finding: Finding): void => {
    const related = finding.related?.map(({ place, message }) => ({ span: spanOf(place), message })) ?? [];
    const { code, message, help } = finding;
    all.push({ severity, code, message, help, span: spanOf(finding.place), related });
  };
  return { error: (finding) => add("error", finding), warning: (finding) => add("warning", finding), all };
}
