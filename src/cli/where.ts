import { parseAddress } from "../topology/host-address.ts";
import { type HostSpec, LOCAL_ADDRESS, type Topology } from "../topology/topology.ts";
import { EXIT, Exit } from "./exit.ts";
import type { HostOption } from "./host-option.ts";

/** Where a file's lab is: on the one machine that these options name, or on several. */
export type Where =
  | { readonly kind: "one"; readonly options: HostOption }
  | { readonly kind: "several"; readonly hosts: readonly HostSpec[] };

/** Where a command works: where the file's `hosts` say or else `--host`, which do not go together. */
export function whereOf({ hosts }: Pick<Topology, "hosts">, { host }: HostOption): Where {
  const [first, ...others] = hosts;
  if (first === undefined) return { kind: "one", options: host === undefined ? {} : { host } };
  if (host !== undefined) {
    throw new Exit(
      EXIT.usage,
      "error: the file names the machines that its lab runs on (hosts:), and --host names another\n  = help: leave out --host, or remove hosts from the file",
    );
  }
  return others.length === 0 ? { kind: "one", options: optionOf(first) } : { kind: "several", hosts };
}

/** A host of a file as `--host` would name it. */
export function optionOf({ address }: Pick<HostSpec, "address">): HostOption {
  if (address === LOCAL_ADDRESS) return {};
  const host = parseAddress(address);
  if (typeof host === "string") throw new Error(`internal: the address ${address} is none: ${host}`);
  return { host };
}

/** Ends a command that has no way to go about a lab on several hosts. */
export function refuseSeveral(topology: Pick<Topology, "hosts">, what: string, help: string): void {
  if (topology.hosts.length < 2) return;
  throw new Exit(EXIT.badInput, `error: ${what}, and this lab is on ${topology.hosts.length} hosts\n  = help: ${help}`);
}
