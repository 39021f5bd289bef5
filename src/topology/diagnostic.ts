/** A place in a source text. Lines and columns count from 1; `length` is in UTF-16 code units and stays within the line. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** Something wrong in what the user wrote: never thrown, collected, all reported at once. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Stable kebab-case word for programs, e.g. `unknown-key`. */
  readonly code: string;
  /** What is wrong, in one line. */
  readonly message: string;
  /** What to do, in one line. */
  readonly help: string;
  /** Where; undefined if the thing has no place in the file (an empty file). */
  readonly span: Span | undefined;
  /** Other places that belong to it ("first given here"). */
  readonly related: readonly { readonly span: Span; readonly message: string }[];
}

/** Keys and indexes from the root of the file to a value: `["chains", "main", 2]`. */
export type KeyPath = readonly (string | number)[];

/** A topology with the text that it came from, so that later stages can point into the file. */
export interface SourceFile {
  /** The name to show: the path as given, or `<stdin>`. */
  readonly file: string;
  readonly text: string;
  /** Where the value (or, with `"key"`, the key) at `path` stands; the nearest enclosing place if there is none. */
  readonly locate: (path: KeyPath, part?: "key" | "value") => Span;
}
