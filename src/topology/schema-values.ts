import type { z } from "zod";
import { type KeyDoc, leaf, quantityPattern } from "./leaf.ts";
import { LONGEST_NAME, LONGEST_SOCKET_PATH, NAME_PATTERN } from "./thing-names.ts";
import { MEMORY, readQuantity, WORKING_SET } from "./units.ts";
import { found, quote } from "./wording.ts";

/* Single values of the file: names, references and sizes, each with the words for what can be wrong with it. */

/** An existing OVS keeps `ovs-vswitchd.<pid>.ctl` in its run directory, and that is a Unix socket. */
const LONGEST_RUN_DIRECTORY = LONGEST_SOCKET_PATH - "/ovs-vswitchd.4194304.ctl".length;

/** A name that Docker, OVS and a socket path can take. */
export function name(doc: KeyDoc, reserved: readonly string[] = []): z.ZodType<string, string> {
  const help = `use up to ${LONGEST_NAME} lower-case letters, digits and dashes, a letter or digit first`;
  return leaf(
    (value) => {
      if (typeof value !== "string") {
        const quoted = typeof value === "number" ? `; a name that is a number needs quotes: "${value}"` : "";
        return { ok: false, code: "wrong-type", problem: `must be a word, found ${found(value)}`, help: help + quoted };
      }
      if (reserved.includes(value)) {
        return {
          ok: false,
          code: "reserved-name",
          problem: `cannot be ${quote(value)}, the word for the OVS switch of the lab`,
          help: "choose another name",
        };
      }
      if (value.length > LONGEST_NAME) {
        const problem = `is ${value.length} characters long; names of sockets and ports have room for ${LONGEST_NAME}`;
        return { ok: false, code: "bad-name", problem, help: `shorten it to at most ${LONGEST_NAME} characters` };
      }
      if (NAME_PATTERN.test(value)) return { ok: true, value };
      const better = value
        .toLowerCase()
        .replaceAll(/[\s_.]+/g, "-")
        .replaceAll(/[^a-z0-9-]/g, "")
        .replace(/^-+/, "");
      const problem = `cannot be ${quote(value)}: Docker and OVS take only lower-case letters, digits and dashes`;
      return { ok: false, code: "bad-name", problem, help: better === "" ? help : `write ${better}` };
    },
    { type: "string", pattern: `^[a-z0-9][a-z0-9-]{0,${LONGEST_NAME - 1}}$`, ...doc },
  );
}

/** The name of an NF where it is used; whether there is such an NF is for the rules to say. */
export function reference(doc: KeyDoc): z.ZodType<string, string> {
  return leaf(
    (value) => {
      if (typeof value === "string") return { ok: true, value };
      const help =
        typeof value === "number" ? `if an NF has this name, put it in quotes: "${value}"` : "write the name of an NF";
      return { ok: false, code: "wrong-type", problem: `must be a name, found ${found(value)}`, help };
    },
    { type: "string", ...doc },
  );
}

export function imageReference(doc: KeyDoc): z.ZodType<string, string> {
  const pattern = /^[a-z0-9][\w.:/-]*(?:@sha256:[0-9a-f]{64})?$/i;
  return leaf(
    (value) => {
      if (typeof value === "string" && value.length <= 255 && pattern.test(value)) return { ok: true, value };
      const code = typeof value === "string" ? "bad-name" : "wrong-type";
      return {
        ok: false,
        code,
        problem: `must be a Docker image, found ${found(value)}`,
        help: "write it as docker pull takes it: registry.example.org/nf:1.2",
      };
    },
    { type: "string", pattern: "^[A-Za-z0-9][\\w.:/-]*(@sha256:[0-9a-f]{64})?$", maxLength: 255, ...doc },
  );
}

export function environmentName(): z.ZodType<string, string> {
  return leaf(
    (value) => {
      const key = String(value);
      if (key.startsWith("COREBED_")) {
        return {
          ok: false,
          code: "bad-name",
          problem: `cannot be ${quote(key)}: names that begin with COREBED_ are those that corebed sets itself`,
          help: "take another name; what corebed sets is in docs/custom-nfs.md",
        };
      }
      if (/^[A-Za-z_]\w{0,127}$/.test(key)) return { ok: true, value: key };
      return {
        ok: false,
        code: "bad-name",
        problem: `cannot be ${quote(key)}: it is no name of an environment variable`,
        help: "use letters, digits and underscores, a letter first",
      };
    },
    { type: "string", pattern: "^(?!COREBED_)[A-Za-z_]\\w{0,127}$" },
  );
}

export function queueSize(): z.ZodType<number, number> {
  const sizes = Array.from({ length: 10 }, (_, i) => 64 << i);
  return leaf(
    (value) => {
      if (typeof value === "number" && sizes.includes(value)) return { ok: true, value };
      const near =
        typeof value === "number" && value > 64 && value < 32_768 ? sizes.find((size) => size >= value) : undefined;
      const help = near === undefined ? "write a power of two, such as 1024" : `write ${near / 2} or ${near}`;
      const code = typeof value === "number" ? "out-of-range" : "wrong-type";
      return { ok: false, code, problem: `must be a power of two from 64 to 32768, found ${found(value)}`, help };
    },
    {
      enum: sizes,
      title: "Queue size",
      description:
        "Descriptors in each ring of the NF's ports: a power of two from 64 to 32768; a memif takes 16384 at most.",
      examples: [1024, 256],
    },
  );
}

export function memory(): z.ZodType<number, string> {
  return leaf(
    (value) => {
      const metric = typeof value === "string" ? /^(\d+)\s*([MG])B?$/i.exec(value.trim()) : null;
      if (metric) {
        const help = `write ${metric[1]}${metric[2]?.toUpperCase()}iB; huge pages come in powers of two`;
        return { ok: false, code: "unknown-unit", problem: `must be in MiB or GiB, found ${found(value)}`, help };
      }
      const reading = readQuantity(value, MEMORY, { base: "MiB", min: "16MiB", max: "64GiB" });
      if (!reading.ok || (Number.isInteger(reading.value) && reading.value % 2 === 0)) return reading;
      const near = Math.max(16, Math.round(reading.value / 2) * 2);
      return {
        ok: false,
        code: "out-of-range",
        problem: `must be a multiple of 2MiB, the size of a huge page, found ${value}`,
        help: `write ${near}MiB`,
      };
    },
    {
      type: "string",
      pattern: quantityPattern(Object.keys(MEMORY.units)),
      title: "Huge-page memory",
      description:
        "What the NF may take for packet buffers, with its unit (MiB or GiB): a multiple of 2MiB, at least 16MiB.",
      examples: ["64MiB", "1GiB"],
    },
  );
}

export function absolutePath(doc: KeyDoc): z.ZodType<string, string> {
  return leaf(
    (value) => {
      if (typeof value !== "string" || !value.startsWith("/") || /\p{Cc}/u.test(value)) {
        return {
          ok: false,
          code: "wrong-type",
          problem: `must be an absolute path, found ${found(value)}`,
          help: "write a directory that begins with /, such as /var/run/openvswitch",
        };
      }
      const length = new TextEncoder().encode(value).length;
      if (length <= LONGEST_RUN_DIRECTORY) return { ok: true, value };
      const problem = `is ${length} bytes long; a socket path ends at ${LONGEST_SOCKET_PATH}, which leaves ${LONGEST_RUN_DIRECTORY} for the directory`;
      return { ok: false, code: "too-long", problem, help: "make a symbolic link with a short name to it" };
    },
    { type: "string", pattern: "^/", maxLength: LONGEST_RUN_DIRECTORY, ...doc },
  );
}

/** A number that need not be whole. */
export function decimal(min: number, max: number, doc: KeyDoc): z.ZodType<number, number> {
  return leaf(
    (value) => {
      if (typeof value === "number" && value >= min && value <= max) return { ok: true, value };
      const problem = `must be a number from ${min} to ${max}, found ${found(value)}`;
      if (typeof value !== "number" || Number.isNaN(value))
        return { ok: false, code: "wrong-type", problem, help: `write a number, such as ${doc.examples[0]}` };
      return { ok: false, code: "out-of-range", problem, help: `the nearest that works is ${value < min ? min : max}` };
    },
    { type: "number", minimum: min, maximum: max, ...doc },
  );
}

/** Memory that a function walks through, in bytes: 0 for none. */
export function workingSet(): z.ZodType<number, string> {
  return leaf(
    (value) => readQuantity(value, WORKING_SET, { base: "B", min: "0KiB", max: "1GiB", offer: ["KiB", "MiB", "GiB"] }),
    {
      type: "string",
      pattern: quantityPattern(["KiB", "MiB", "GiB"]),
      title: "Working set",
      description:
        "Memory that the function walks through in no order, one cache line for each packet, up to 1GiB; none if not given.",
      examples: ["8MiB", "256KiB"],
    },
  );
}
