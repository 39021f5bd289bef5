import SshConfig from "ssh-config";
import { parseAddress, type RemoteAddress } from "../topology/host-address.ts";

/** Everything that is needed to reach a host: the address with what ssh's configuration says about it. */
export interface Target {
  /** As the user named it. */
  readonly alias: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** Private keys to try after the agent's, in order; `explicit` if the configuration names them. */
  readonly identityFiles: readonly string[];
  readonly explicitIdentities: boolean;
  /** Of the agent's keys only those of `identityFiles`. */
  readonly identitiesOnly: boolean;
  /** Socket of the agent; undefined without one. */
  readonly agent: string | undefined;
  /** Hosts to go through, the first first. */
  readonly jumps: readonly RemoteAddress[];
  /** Name under which the host's key is on record, in place of its address. */
  readonly hostKeyAlias: string | undefined;
  readonly knownHostsFiles: readonly string[];
  readonly strictHostKeyChecking: "ask" | "yes" | "accept-new" | "no";
  /** Seconds between signs of life; 0 is none. */
  readonly aliveIntervalS: number;
}

/** What the machine that corebed runs on adds. */
export interface LocalUser {
  readonly name: string;
  readonly home: string;
  /** SSH_AUTH_SOCK. */
  readonly agent: string | undefined;
  /** For variables in the configuration. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The configuration says something that corebed cannot do, or that makes no sense. */
export class SshConfigError extends Error {
  override readonly name = "SshConfigError";
}

const DEFAULT_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"];
const DEFAULT_ALIVE_S = 15;

/**
 * What ssh's configuration says about an address; the text of the user's file goes before that of the system's, since the first value counts.
 *
 * @throws {SshConfigError}
 */
export function targetOf(address: RemoteAddress, configText: string, local: LocalUser): Target {
  // `Match user` is about the one who logs in there, which without the user here would be the one who runs corebed.
  const asked = { Host: address.host, ...(address.user !== undefined && { User: address.user }) };
  const config = SshConfig.parse(configText).compute(asked, { ignoreCase: true });
  const all = (key: string): readonly string[] => [config[key] ?? []].flat();
  const one = (key: string): string | undefined => all(key)[0];
  if (one("proxycommand") !== undefined && one("proxycommand") !== "none" && one("proxyjump") === undefined) {
    throw new SshConfigError(
      `ProxyCommand of host ${address.host}: corebed goes through other hosts with ProxyJump only`,
    );
  }
  const user = address.user ?? one("user") ?? local.name;
  const hostName = (one("hostname") ?? address.host).replaceAll("%h", address.host).replaceAll("%%", "%");
  const port = address.port ?? portOf(one("port"), address.host);
  const expand = (path: string): string =>
    path
      .replace(/^~(?=\/|$)/, local.home)
      .replace(/%([%dhnpru])|\$\{(\w+)\}/g, (_all, token: string, variable?: string) => {
        if (variable !== undefined) return variableOf(variable, local);
        const values: Record<string, string> = { "%": "%", d: local.home, h: hostName, n: address.host };
        return values[token] ?? { p: String(port), r: user, u: local.name }[token] ?? "";
      });
  const named = all("identityfile")
    .filter((path) => path.toLowerCase() !== "none")
    .map(expand);
  return {
    alias: address.host,
    hostName,
    port,
    user,
    identityFiles: named.length > 0 ? named : DEFAULT_KEYS.map((name) => `${local.home}/.ssh/${name}`),
    explicitIdentities: named.length > 0,
    identitiesOnly: isYes(one("identitiesonly")),
    agent: agentOf(one("identityagent"), local, expand),
    jumps: jumpsOf(one("proxyjump")),
    hostKeyAlias: one("hostkeyalias"),
    knownHostsFiles: [
      ...orElse(all("userknownhostsfile"), ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]),
      ...orElse(all("globalknownhostsfile"), ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]),
    ]
      .filter((path) => path !== "none")
      .map(expand),
    strictHostKeyChecking: strictness(one("stricthostkeychecking")),
    aliveIntervalS: secondsOf(one("serveraliveinterval")) ?? DEFAULT_ALIVE_S,
  };
}

function orElse(values: readonly string[], otherwise: readonly string[]): readonly string[] {
  return values.length > 0 ? values : otherwise;
}

/** Undefined if it says nothing, or nothing that makes sense. */
function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function isYes(value: string | undefined): boolean {
  return /^(yes|true)$/i.test(value ?? "");
}

function portOf(text: string | undefined, host: string): number {
  const port = Number(text ?? 22);
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw new SshConfigError(`Port of host ${host} in ssh's configuration: no port: ${text}`);
}

function strictness(text: string | undefined): Target["strictHostKeyChecking"] {
  const value = text?.toLowerCase();
  if (value === undefined || value === "ask") return "ask";
  if (value === "accept-new") return "accept-new";
  return value === "no" || value === "off" || value === "false" ? "no" : "yes";
}

/** The socket itself, or where it is found: `SSH_AUTH_SOCK`, or `$NAME` for another variable. */
function agentOf(text: string | undefined, local: LocalUser, expand: (path: string) => string): string | undefined {
  if (text === undefined || text === "SSH_AUTH_SOCK") return local.agent;
  if (text === "none") return undefined;
  const variable = /^\$(\w+)$/.exec(text)?.[1];
  return variable === undefined ? expand(text) : local.environment?.[variable] || undefined;
}

function variableOf(name: string, { environment }: LocalUser): string {
  const value = environment?.[name];
  if (value !== undefined) return value;
  throw new SshConfigError(`\${${name}} in ssh's configuration: there is no such variable`);
}

/** `user@host:port,ssh://host`, as ProxyJump takes them. */
function jumpsOf(text: string | undefined): readonly RemoteAddress[] {
  if (text === undefined || text.toLowerCase() === "none") return [];
  return text.split(",").map((part) => {
    const address = parseAddress(part.startsWith("ssh://") ? part : `ssh://${part.trim()}`);
    if (typeof address === "string") throw new SshConfigError(`ProxyJump ${part}: ${address}`);
    return address;
  });
}
