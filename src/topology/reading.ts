/** What reading one value of the file gives: the value, or what is wrong with it. */
export type Reading<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Problem);

export interface Problem {
  /** See `Diagnostic.code`. */
  readonly code: string;
  /** What is wrong, to follow the name of the thing: `must be a whole number, found 1.5`. */
  readonly problem: string;
  readonly help: string;
  /** Where inside a text value; the whole value if not given. */
  readonly at?: { readonly offset: number; readonly length: number };
}
