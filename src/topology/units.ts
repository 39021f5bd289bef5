import type { Reading } from "./reading.ts";
import { anyOf, found, quote } from "./wording.ts";

/** A kind of quantity: its units, each by its size in the smallest one. */
export interface Dimension {
  /** With its article: `a time`. */
  readonly noun: string;
  readonly units: Readonly<Record<string, number>>;
}

export const TIME: Dimension = {
  noun: "a time",
  units: { us: 1, ms: 1e3, s: 1e6, min: 60e6, h: 3600e6 },
};
/** Packets are faster than people: no minutes here. */
export const LATENCY: Dimension = { noun: "a time", units: { ns: 1, us: 1e3, ms: 1e6, s: 1e9 } };
export const RATE: Dimension = { noun: "a packet rate", units: { pps: 1, kpps: 1e3, Mpps: 1e6 } };
export const BIT_RATE: Dimension = { noun: "a bit rate", units: { bps: 1, kbps: 1e3, Mbps: 1e6, Gbps: 1e9 } };
export const SHARE: Dimension = { noun: "a share", units: { "%": 1 } };
export const WORKING_SET: Dimension = {
  noun: "a size",
  units: { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 },
};
export const MEMORY: Dimension = { noun: "a size", units: { MiB: 1, GiB: 1024 } };

export interface QuantityLimits {
  /** The unit of the value that comes out. */
  readonly base: string;
  readonly min: string;
  readonly max: string;
  /** Units to speak of; all of the dimension's if not given. */
  readonly offer?: readonly string[];
}

/** Reads `2s`, `1.5Mpps`, `64 MiB` into a number of base units. */
export function readQuantity(value: unknown, dimension: Dimension, limits: QuantityLimits): Reading<number> {
  const units = Object.keys(dimension.units);
  const offer = limits.offer ?? units;
  const example = limits.max === limits.min ? limits.min : `${limits.min} to ${limits.max}`;
  const wrong = (problem: string, help: string): Reading<number> => ({
    ok: false,
    code: "bad-quantity",
    problem,
    help,
  });

  if (typeof value === "number" || (typeof value === "string" && /^\d+(\.\d+)?$/.test(value))) {
    return {
      ok: false,
      code: "missing-unit",
      problem: `is ${dimension.noun} and needs a unit, found ${found(value)}`,
      help: unitHelp(value, offer),
    };
  }
  if (typeof value !== "string") {
    return wrong(`must be ${dimension.noun}, found ${found(value)}`, `write a number with a unit, ${example}`);
  }
  const match = /^(\d{1,15}(?:\.\d{1,15})?)\s*(\S+)$/.exec(value.trim());
  const [, digits, unit] = match ?? [];
  if (digits === undefined || unit === undefined) {
    return wrong(`must be ${dimension.noun}, found ${quote(value)}`, `write a number with a unit, ${example}`);
  }
  const known = unitOf(unit, dimension);
  if (known === undefined) {
    const meant = meantUnit(unit, units);
    const list = offer.length === 1 ? `the unit is ${offer[0]}` : `the units are ${anyOf(offer, "and")}`;
    return {
      ok: false,
      code: "unknown-unit",
      problem: `has the unknown unit ${quote(unit, 16)}`,
      help: meant === undefined ? list : `write ${digits}${meant}; ${list}`,
      at: { offset: value.indexOf(unit, value.indexOf(digits) + digits.length), length: unit.length },
    };
  }
  const amount = inUnit(Number(digits), known, dimension, limits.base);
  const tooSmall = amount < limitIn(limits.min, dimension, limits.base);
  if (tooSmall || amount > limitIn(limits.max, dimension, limits.base)) {
    return {
      ok: false,
      code: "out-of-range",
      problem: `must be from ${limits.min} to ${limits.max}, found ${value.trim()}`,
      help: `the nearest that works is ${tooSmall ? limits.min : limits.max}`,
    };
  }
  return { ok: true, value: amount };
}

/** The unit that the user's text names: the micro sign is as good as a u. */
export function unitOf(text: string, dimension: Dimension): string | undefined {
  const unit = text.replace(/^[\u00b5\u03bc]/, "u");
  return Object.hasOwn(dimension.units, unit) ? unit : undefined;
}

/** Short units are a letter apart from each other, so only the case is worth a guess. */
export function meantUnit(text: string, units: readonly string[]): string | undefined {
  return units.find((unit) => unit.toLowerCase() === text.toLowerCase());
}

/** What to do about a number that needs a unit. */
export function unitHelp(number: string | number, units: readonly string[]): string {
  const offers = Number(number) < 1000 ? units : units.slice(0, 1);
  const list = offers.length === units.length ? "" : `; the units are ${anyOf(units, "and")}`;
  return `write the unit behind the number: ${anyOf(offers.map((unit) => `${number}${unit}`))}${list}`;
}

/** `number` of `unit` in units of `base`, without the dust of binary fractions. */
export function inUnit(number: number, unit: string, dimension: Dimension, base: string): number {
  const size = (dimension.units[unit] ?? 1) / (dimension.units[base] ?? 1);
  return Number((number * size).toPrecision(14));
}

function limitIn(limit: string, dimension: Dimension, base: string): number {
  const number = Number.parseFloat(limit);
  return inUnit(number, limit.slice(String(number).length), dimension, base);
}
