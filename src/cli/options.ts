import { InvalidArgumentError } from "commander";

/** A whole number from 1, as an option's value. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 100_000) {
    throw new InvalidArgumentError("It takes a whole number from 1 to 100000.");
  }
  return value;
}
