import { once } from "node:events";
import { type Command, InvalidArgumentError, Option } from "commander";
import { makeExporter } from "../../run/exporter/exporter.ts";
import { DEFAULT_LISTEN, isLoopback, parseListenAddress } from "../../run/exporter/listen-address.ts";
import { type ListenAddress, serveMetrics } from "../../run/exporter/server.ts";
import { stayOff } from "../../run/exporter/stay-off.ts";
import { explain } from "../explain-error.ts";
import { requireRoot } from "../root.ts";
import { corebedVersion, openSession } from "../session.ts";
import { note, print } from "../terminal.ts";

interface Options {
  readonly listen: ListenAddress;
  readonly json?: boolean;
}

/** `corebed serve`: the figures of all labs on this host for Prometheus, until Ctrl-C. */
export function addServe(program: Command): void {
  program
    .command("serve")
    .description(
      "expose the counters of all labs on this host to Prometheus, until Ctrl-C; needs no file, and no lab yet",
    )
    .addOption(
      new Option("--listen <address:port>", "where to listen; without an address on loopback, port 0 takes a free one")
        .argParser(listenAddress)
        .default(listenAddress(DEFAULT_LISTEN), DEFAULT_LISTEN),
    )
    .option("--json", "print where it listens as one line of JSON")
    .action(async ({ listen, json }: Options) => {
      await requireRoot();
      const { world } = openSession();
      const scrape = makeExporter({ reader: world.reader, version: corebedVersion(), avoid: stayOff(world.host) });
      await using server = await serveMetrics(listen, scrape, (error) => note(explain(error).message));
      if (!isLoopback(listen)) note(`note: everyone who reaches ${server.url} can read the labs' figures`);
      // One line, unlike the JSON of other commands: who waits for it cannot wait for the end of the output.
      if (json === true) print(JSON.stringify({ url: `${server.url}/metrics`, port: server.port }));
      else print(`Metrics at ${server.url}/metrics (Ctrl-C ends)`);
      // It was asked to run until it is told to end: being told is no failure.
      if (!world.signal.aborted) await once(world.signal, "abort");
    });
}

function listenAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address === undefined) throw new InvalidArgumentError("It takes ADDRESS:PORT, [IPV6-ADDRESS]:PORT or :PORT.");
  return address;
}
