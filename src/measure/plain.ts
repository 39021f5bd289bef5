import { z } from "zod";

/** A type with every property and array in it readonly: what the rest of the code sees of a schema's output. */
export type Plain<T> = T extends object ? { readonly [K in keyof T]: Plain<T[K]> } : T;

/** A number of things counted: never negative, never a fraction. */
export const count = () => z.int().nonnegative();

/** A share of a whole, 0 to 1. */
export const ratio = () => z.number().min(0).max(1);
