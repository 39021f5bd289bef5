import type { KeyPath } from "./diagnostic.ts";
import { suggest } from "./suggest.ts";
import { firstOf, quote } from "./wording.ts";

/** Longest name of a lab, an NF or a chain. */
export const LONGEST_NAME = 24;

/** Names that Docker, OVS and file names all take. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]*$/;

/** The longest path of a Unix socket on Linux, without the closing NUL. */
export const LONGEST_SOCKET_PATH = 107;

/** A name bare if it is one, otherwise quoted and cut, so that no message ends up unreadable. */
export function label(name: string): string {
  return NAME_PATTERN.test(name) && name.length <= 40 ? name : quote(name);
}

/** Whether a key of `cores` can be the name of a host: a number is a CPU. */
export function isHostKey(key: string): boolean {
  return !/^\d+$/.test(key);
}

/** The thing at a path in the user's words: `CPU 1`, `queueSize of NF gen`, `traffic.rate`. */
export function thingAt(path: KeyPath): string {
  const [section, name, ...rest] = path.map(String);
  if (section === undefined) return "the topology";
  if (name === undefined) return /^\w{1,40}$/.test(section) ? section : quote(section);
  if (section === "cores" && isHostKey(name)) return hostThing(name, rest);
  const word = { cores: "CPU", nfs: "NF", chains: "chain", nics: "card", hosts: "host" }[section];
  if (word === undefined) return plainThing([section, name, ...rest]);
  return ownedThing(`${word} ${label(name)}`, rest);
}

/** What stands under the name of a host in the affinity map. */
function hostThing(host: string, [cpu, ...rest]: readonly string[]): string {
  const owner = `host ${label(host)}`;
  return cpu === undefined ? `cores of ${owner}` : ownedThing(`CPU ${label(cpu)} of ${owner}`, rest);
}

function ownedThing(owner: string, rest: readonly string[]): string {
  const [key, index] = rest;
  if (key === undefined) return owner;
  if (/^\d+$/.test(key)) return `entry ${Number(key) + 1} of ${owner}`;
  if (index !== undefined && /^\d+$/.test(index)) return `entry ${Number(index) + 1} of ${key} of ${owner}`;
  return `${rest.map((part) => (part.length <= 40 ? part : quote(part))).join(".")} of ${owner}`;
}

/** `traffic.rate`, `expectation 2`, `entry 1 of compare.datapaths`. */
function plainThing(parts: readonly string[]): string {
  const last = parts.at(-1) ?? "";
  const shown = parts.map((part) => (part.length <= 40 ? part : quote(part)));
  if (!/^\d+$/.test(last)) return shown.join(".");
  const number = Number(last) + 1;
  return parts[0] === "expect" ? `expectation ${number}` : `entry ${number} of ${shown.slice(0, -1).join(".")}`;
}

/** What to do about a name that stands for nothing. */
export function unknownNameHelp(name: string, known: readonly string[], foundSoFar: number): string {
  // A guess looks at every name; after so many errors nobody reads it.
  const meant = foundSoFar < 100 ? suggest(name, known) : undefined;
  if (meant !== undefined) return `did you mean ${label(meant)}? otherwise add ${label(name)} under nfs`;
  return known.length === 0
    ? `add ${label(name)} under nfs`
    : `add ${label(name)} under nfs, or name one of ${firstOf(known, label)}`;
}
