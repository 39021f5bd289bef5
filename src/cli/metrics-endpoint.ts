import { type Command, InvalidArgumentError } from "commander";
import type { Reader } from "../provision/driver.ts";
import { openWorld } from "../provision/world.ts";
import { makeExporter, makeHostsExporter } from "../run/exporter/exporter.ts";
import { DEFAULT_LISTEN, parseListenAddress } from "../run/exporter/listen-address.ts";
import { type ListenAddress, serveMetrics } from "../run/exporter/server.ts";
import type { HostSpec } from "../topology/topology.ts";
import { explain } from "./explain-error.ts";
import type { HostOption } from "./host-option.ts";
import { requireLoopback } from "./listen-options.ts";
import { openHost } from "./open-host.ts";
import { corebedVersion } from "./session.ts";
import { note } from "./terminal.ts";
import { optionOf } from "./where.ts";

/** `--metrics [address]` of the commands that measure. */
export interface EndpointOptions extends HostOption {
  /** In place of one: those that have the lab. */
  readonly hosts?: readonly HostSpec[];
  readonly metrics?: ListenAddress | true;
  readonly simulate?: boolean;
}

/** Adds `--metrics`. */
export function addEndpointOption(command: Command): Command {
  return command.option(
    "--metrics [address:port]",
    `expose all labs' counters to Prometheus meanwhile, as corebed serve does (default: ${DEFAULT_LISTEN})`,
    listenAddress,
  );
}

/** Serves `/metrics` until it is disposed of; nothing where it was not asked for. A model has no counters to expose. */
export async function metricsEndpoint({ metrics, simulate, host, hosts }: EndpointOptions): Promise<AsyncDisposable> {
  if (metrics === undefined) return { [Symbol.asyncDispose]: async () => {} };
  if (simulate === true) {
    note("note: --metrics has nothing to expose of a simulated lab");
    return { [Symbol.asyncDispose]: async () => {} };
  }
  const listen = metrics === true ? listenAddress(DEFAULT_LISTEN) : metrics;
  requireLoopback(listen);
  const version = corebedVersion();
  const scrape =
    hosts === undefined
      ? makeExporter({ reader: readerOf(host === undefined ? {} : { host }), version })
      : makeHostsExporter({ readers: new Map(hosts.map((each) => [each.name, readerOf(optionOf(each))])), version });
  const onBug = (error: unknown): void => note(explain(error).message);
  const server = await serveMetrics(listen, { scrape, onBug });
  note(`Metrics at ${server.url}/metrics`);
  return server;
}

/** Only reads: Ctrl-C is the measuring's own affair, and the endpoint ends with it. */
function readerOf(option: HostOption): Reader {
  return openWorld(openHost(option), new AbortController().signal).reader;
}

/** An address from the command line. */
export function listenAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address === undefined) throw new InvalidArgumentError("It takes ADDRESS:PORT, [IPV6-ADDRESS]:PORT or :PORT.");
  return address;
}
