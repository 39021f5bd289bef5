import type { SweepParameter } from "./topology.ts";

/** The sweep parameter whose values are sets of other parameters, each with a name. */
export const SETTINGS = "settings";

/** Parameters that are changed together, under a name of the user's. */
export interface NamedSettings {
  readonly name: string;
  /** Empty leaves the file as it is. */
  readonly settings: readonly { readonly parameter: string; readonly value: unknown }[];
}

/** Reads `{ name: packed rings, virtio: { ring: packed } }`; undefined if it is not of that form. */
export function namedSettings(value: unknown): NamedSettings | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { name, ...parameters } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || name.trim() === "" || name.length > LONGEST_NAME) return undefined;
  return {
    name,
    settings: Object.entries(parameters).map(([parameter, setTo]) => ({ parameter, value: setTo })),
  };
}

/** How a value is told: `frame=64`, and named settings by their name. */
export function tellSetting({ parameter, value }: { readonly parameter: string; readonly value: string }): string {
  return parameter === SETTINGS ? value : `${parameter}=${value}`;
}

/** What a parameter of a sweep changes in the file: itself, or what its named settings name. */
export function changedBy({ parameter, values }: SweepParameter): readonly string[] {
  if (parameter !== SETTINGS) return [parameter];
  return values.flatMap((value) => namedSettings(value)?.settings.map((setting) => setting.parameter) ?? []);
}

/** What still fits a table's column. */
const LONGEST_NAME = 60;
