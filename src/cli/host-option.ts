import { type Command, InvalidArgumentError, Option } from "commander";
import { formatAddress, parseAddress, type RemoteAddress } from "../topology/host-address.ts";

/** `--host` of the commands that work on a machine, or read what is on it. */
export interface HostOption {
  readonly host?: RemoteAddress;
}

/** Adds `--host`. `against` are options that have their own answer to where. */
export function addHostOption(command: Command, ...against: readonly string[]): Command {
  return command.addOption(
    new Option("--host <address>", "do it on another machine: ssh://user@host or ssh://user@host:port")
      .argParser(address)
      .conflicts([...against]),
  );
}

function address(text: string): RemoteAddress {
  const parsed = parseAddress(text);
  if (typeof parsed === "string") throw new InvalidArgumentError(parsed);
  return parsed;
}

/** ` --host ssh://…` for commands that are recommended; empty on this machine. */
export function hostSuffix({ host }: HostOption): string {
  return host === undefined ? "" : ` --host ${formatAddress(host)}`;
}

/** The machine in a sentence. */
export function thisHost({ host }: HostOption): string {
  return host === undefined ? "this host" : formatAddress(host);
}

/** A text about a machine, which another one's names. */
export function withHost(text: string, { host }: HostOption): string {
  return host === undefined ? text : `Host: ${formatAddress(host)}\n${text}`;
}

/** The machine in JSON; absent for this one. */
export function hostField({ host }: HostOption): { readonly host?: string } {
  return host === undefined ? {} : { host: formatAddress(host) };
}
