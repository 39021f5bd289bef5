import type { NicUse } from "../../lab/host-facts.ts";
import { output, textReader } from "../look.ts";
import { type IpInterface, parseDefaultRoutes, parseInterfaces } from "../parse/ip-json.ts";
import { plainAddress, sshAddresses } from "../parse/tcp-table.ts";
import type { Looker, SurveyRequest } from "../survey.ts";

const ADDRESSES = ["ip", "-j", "address", "show"];
const ROUTES = ["ip", "-j", "route", "show", "table", "all"];
/** Tells by which way somebody came who is logged in, on whichever machine that is. */
const SSH_CONNECTION = ["printenv", "SSH_CONNECTION"];
const ROUTES6 = ["ip", "-6", "-j", "route", "show", "table", "all"];

/** Where that is found. */
export const NETWORK_PLACES: SurveyRequest = {
  files: ["/proc/net/tcp", "/proc/net/tcp6"],
  commands: [ADDRESSES, ROUTES, ROUTES6, SSH_CONNECTION],
};

/** What the host's interfaces are needed for. */
export interface NetworkUse {
  readonly interfaces: readonly IpInterface[];
  /** Interfaces that default routes leave by. */
  readonly defaultRoutes: readonly string[];
  /** Own addresses of SSH connections that stand. */
  readonly ssh: readonly string[];
}

/**
 * Looks at addresses, routes and SSH connections; undefined where iproute2 does not tell. `sshConnection` stands in for the variable SSH_CONNECTION of whoever is logged
 * in there.
 */
export async function readNetworkUse(host: Looker, sshConnection?: string): Promise<NetworkUse | undefined> {
  const text = textReader(host);
  const [addresses, routes, routes6, tcp, tcp6, connection] = await Promise.all([
    output(host, ADDRESSES),
    output(host, ROUTES),
    output(host, ROUTES6),
    text("/proc/net/tcp"),
    text("/proc/net/tcp6"),
    sshConnection ?? output(host, SSH_CONNECTION),
  ]);
  const interfaces = parseInterfaces(addresses ?? "?");
  const defaults = [routes, routes6].map((answer) => parseDefaultRoutes(answer ?? "?"));
  const [defaults4, defaults6] = defaults;
  if (interfaces === undefined || defaults4 === undefined || defaults6 === undefined) return undefined;
  const own = connection?.trim().split(" ")[2];
  return {
    interfaces,
    defaultRoutes: [...new Set([...defaults4, ...defaults6])],
    ssh: [...sshAddresses(tcp), ...sshAddresses(tcp6), ...(own === undefined ? [] : [own])].map(plainAddress),
  };
}

/** What speaks against taking these interfaces from the kernel, worst first. */
export function usesOf(names: readonly string[], use: NetworkUse | undefined): readonly NicUse[] {
  if (names.length === 0) return [];
  if (use === undefined) {
    return [{ kind: "unknown", text: "may carry the default route or an SSH connection: ip -j address does not tell" }];
  }
  const concerned = names.flatMap((name) => [name, ...above(name, use.interfaces)]);
  const own = use.interfaces.filter(({ name }) => concerned.includes(name));
  const route = use.defaultRoutes.find((name) => concerned.includes(name));
  const ssh = own.find(({ addresses }) => addresses.some((address) => use.ssh.includes(plainAddress(address))));
  const member = use.interfaces.find(({ name, master }) => names.includes(name) && master !== undefined);
  const addressed = own.find(({ addresses }) => addresses.length > 0);
  const up = use.interfaces.find(({ name, up }) => names.includes(name) && up);
  const over = (name: string): string => (names.includes(name) ? "" : ` (over ${name})`);
  return [
    ...(route === undefined
      ? []
      : [{ kind: "default-route" as const, text: `carries the default route${over(route)}` }]),
    ...(ssh === undefined ? [] : [{ kind: "ssh" as const, text: `carries an SSH connection${over(ssh.name)}` }]),
    ...(member === undefined ? [] : [{ kind: "member" as const, text: `belongs to ${member.master}` }]),
    ...(addressed === undefined
      ? []
      : [{ kind: "addresses" as const, text: `has the address ${addressed.addresses[0]}${over(addressed.name)}` }]),
    ...(up === undefined ? [] : [{ kind: "up" as const, text: `is up as ${up.name}` }]),
  ];
}

/** The interfaces that need this one: the bridge or bond that it belongs to, VLANs on it, and what lies on those. */
function above(name: string, interfaces: readonly IpInterface[], seen: readonly string[] = []): readonly string[] {
  const own = interfaces.find((candidate) => candidate.name === name);
  const next = own?.master === undefined ? [] : [own.master];
  // The two ends of a veth pair name each other, and neither lies on the other.
  const onIt = interfaces
    .filter((candidate) => candidate.link === name && own?.link !== candidate.name)
    .map((candidate) => candidate.name);
  const found = [...next, ...onIt].filter((candidate) => candidate !== name && !seen.includes(candidate));
  return found.flatMap((candidate) => [candidate, ...above(candidate, interfaces, [...seen, name, ...found])]);
}
