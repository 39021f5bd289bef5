import type { z } from "zod";
import { FRAME_BYTES, IMIX, LINE_OVERHEAD_BYTES, meanFrameBytes } from "./frames.ts";
import { type KeyDoc, leaf, quantityPattern } from "./leaf.ts";
import type { Problem, Reading } from "./reading.ts";
import type { FrameShare } from "./topology.ts";
import { BIT_RATE, RATE, readQuantity } from "./units.ts";
import { anyOf, found, quote } from "./wording.ts";

/* Values of `traffic:` that are more than a number with a unit: genomes of frame sizes, and rates. */

/** A rate as it was asked for; packets per second only once the frames are known. */
export type AskedRate =
  | { readonly kind: "max" }
  | { readonly kind: "packets"; readonly pps: number }
  | { readonly kind: "bits"; readonly bps: number; readonly layer: "L1" | "L2" };

/** Lines by name, in bit/s of layer 1. */
const LINES: Readonly<Record<string, number>> = Object.fromEntries(
  [1, 2.5, 5, 10, 25, 40, 50, 100, 200, 400].map((gigabits) => [`${gigabits}GbE`, gigabits * 1e9]),
);
/** No generator and no line of today goes beyond: a higher figure is a slip of the unit. */
const HIGHEST_PPS = 1e9;
const LARGEST_WEIGHT = 1000;
const LARGEST_CYCLE = 1024;
/** Of the generator's table (images/nf/src/genome.h). */
const MOST_SIZES = 256;

/** One size, several (equally often), `imix`, or a genome: `7x64 + 4x570 + 1x1518`. */
export function frames(doc: KeyDoc): z.ZodType<readonly FrameShare[], number | string | readonly number[]> {
  return leaf(readFrames, {
    anyOf: [
      { type: "integer", minimum: FRAME_BYTES.min, maximum: FRAME_BYTES.max },
      { type: "array", items: { type: "integer", minimum: FRAME_BYTES.min, maximum: FRAME_BYTES.max }, minItems: 1 },
      { const: "imix" },
      { type: "string", pattern: "^\\s*\\d+\\s*x\\s*\\d+(\\s*\\+\\s*\\d+\\s*x\\s*\\d+)*\\s*$" },
    ],
    ...doc,
  });
}

function readFrames(value: unknown): Reading<readonly FrameShare[]> {
  if (value === "imix") return { ok: true, value: IMIX };
  if (typeof value === "number") return checkFrames([{ bytes: value, weight: 1 }], value);
  if (Array.isArray(value)) {
    if (value.length === 0) return wrongFrames("lists no size");
    const odd = value.find((size) => typeof size !== "number");
    if (odd !== undefined) return wrongFrames(`lists ${found(odd)}, which is no frame size`);
    const sizes: readonly number[] = value;
    return checkFrames(
      [...new Set(sizes)].map((bytes) => ({ bytes, weight: sizes.filter((size) => size === bytes).length })),
      value,
    );
  }
  if (typeof value !== "string") return wrongFrames(`must be a frame size, found ${found(value)}`);
  const shares: FrameShare[] = [];
  for (const term of value.split("+")) {
    const match = /^\s*(\d{1,6})\s*[x×]\s*(\d{1,6})\s*$/u.exec(term);
    if (match === null) return wrongFrames(`cannot be ${found(value)}`);
    shares.push({ weight: Number(match[1]), bytes: Number(match[2]) });
  }
  return checkFrames(shares, value);
}

function checkFrames(shares: readonly FrameShare[], value: unknown): Reading<readonly FrameShare[]> {
  const badSize = shares.find(
    ({ bytes }) => !Number.isInteger(bytes) || bytes < FRAME_BYTES.min || bytes > FRAME_BYTES.max,
  );
  if (badSize !== undefined) {
    const nearest = Math.min(FRAME_BYTES.max, Math.max(FRAME_BYTES.min, Math.round(badSize.bytes)));
    return {
      ok: false,
      code: "out-of-range",
      problem: `must be a whole number of bytes from ${FRAME_BYTES.min} to ${FRAME_BYTES.max}, found ${found(typeof value === "number" ? value : badSize.bytes)}`,
      help: `the nearest that works is ${nearest}`,
    };
  }
  const sizes = new Set(shares.map(({ bytes }) => bytes)).size;
  if (sizes > MOST_SIZES)
    return wrongFrames(`has ${sizes} different sizes, and the generator keeps up to ${MOST_SIZES}`);
  const cycle = shares.reduce((sum, { weight }) => sum + weight, 0);
  if (shares.some(({ weight }) => weight < 1 || weight > LARGEST_WEIGHT) || cycle > LARGEST_CYCLE) {
    return wrongFrames(`has weights beyond what a cycle of ${LARGEST_CYCLE} frames can hold`);
  }
  return { ok: true, value: shares };
}

function wrongFrames(problem: string): { readonly ok: false } & Problem {
  return {
    ok: false,
    code: "bad-frames",
    problem,
    help: 'write a size (64), a list of sizes ([64, 512, 1518]), imix, or how often each comes ("7x64 + 4x570 + 1x1518")',
  };
}

/** `max`, packets per second, bits per second of layer 2 or 1, or a share of a line. */
export function rate(doc: KeyDoc): z.ZodType<AskedRate, string> {
  const bits = Object.keys(BIT_RATE.units).join("|");
  return leaf(readRate, {
    anyOf: [
      { const: "max" },
      { type: "string", pattern: quantityPattern(Object.keys(RATE.units)) },
      { type: "string", pattern: `^\\d+(\\.\\d+)?\\s*(${bits})(\\s+L[12])?$` },
      { type: "string", pattern: `^\\d+(\\.\\d+)?\\s*% of (${Object.keys(LINES).join("|").replaceAll(".", "\\.")})$` },
    ],
    ...doc,
  });
}

const RATE_HELP = "or write max for as many as the port takes";

function readRate(value: unknown): Reading<AskedRate> {
  if (value === "max") return { ok: true, value: { kind: "max" } };
  if (typeof value === "string") {
    const share = /^(\d+(?:\.\d+)?)\s*%(?:\s+of\s+(.*))?$/i.exec(value.trim());
    if (share) return readShare(Number(share[1]), share[2], value);
    const bits = /^(.*?[kMG]?bps)(?:\s+(\S+))?$/i.exec(value.trim());
    if (bits?.[1] !== undefined) return readBits(bits[1], bits[2], value);
  }
  const reading = readQuantity(value, RATE, { base: "pps", min: "1pps", max: "1000Mpps" });
  if (reading.ok) return { ok: true, value: { kind: "packets", pps: reading.value } };
  return { ...reading, help: `${reading.help}; ${RATE_HELP}` };
}

function readShare(percent: number, line: string | undefined, value: string): Reading<AskedRate> {
  const names = Object.keys(LINES);
  const speed = names.find((name) => name.toLowerCase() === line?.trim().toLowerCase());
  if (speed === undefined) {
    return {
      ok: false,
      code: "unknown-line",
      problem:
        line === undefined
          ? "does not say of which line the share is"
          : `is a share of ${quote(line)}, which is no line`,
      help: `write for example "${percent}% of 10GbE"; the lines are ${anyOf(names, "and")}`,
    };
  }
  if (percent <= 0 || percent > 100) {
    return {
      ok: false,
      code: "out-of-range",
      problem: `must be over 0 % and up to 100 % of a line, found ${value.trim()}`,
      help: RATE_HELP.replace("or write", "write a share of the line, or"),
    };
  }
  return { ok: true, value: { kind: "bits", bps: ((LINES[speed] ?? 0) * percent) / 100, layer: "L1" } };
}

function readBits(amount: string, layer: string | undefined, value: string): Reading<AskedRate> {
  const known = (layer ?? "L2").toUpperCase();
  if (known !== "L1" && known !== "L2") {
    return {
      ok: false,
      code: "unknown-layer",
      problem: `names the layer ${quote(layer ?? "")}`,
      help: "write L2 for bits of frames with their FCS, or L1 to count preamble and gap too",
      at: { offset: value.lastIndexOf(layer ?? ""), length: layer?.length ?? 0 },
    };
  }
  const reading = readQuantity(amount, BIT_RATE, { base: "bps", min: "1kbps", max: "1000Gbps" });
  if (!reading.ok) return { ...reading, help: `${reading.help}; ${RATE_HELP}` };
  return { ok: true, value: { kind: "bits", bps: reading.value, layer: known } };
}

/** Packets per second of a rate for these frames; undefined for max. */
export function packetRate(asked: AskedRate, genome: readonly FrameShare[]): number | undefined {
  switch (asked.kind) {
    case "max":
      return undefined;
    case "packets":
      return asked.pps;
    case "bits": {
      const bytes = meanFrameBytes(genome) + (asked.layer === "L1" ? LINE_OVERHEAD_BYTES : 0);
      return Math.min(HIGHEST_PPS, asked.bps / (bytes * 8));
    }
  }
}
