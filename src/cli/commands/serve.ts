import { once } from "node:events";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { type Command, Option } from "commander";
import { makeExporter } from "../../run/exporter/exporter.ts";
import { DEFAULT_LISTEN } from "../../run/exporter/listen-address.ts";
import { type ListenAddress, serveMetrics } from "../../run/exporter/server.ts";
import { stayOff } from "../../run/exporter/stay-off.ts";
import { Feed } from "../../run/page/feed.ts";
import { pageHandler } from "../../run/page/page-handler.ts";
import { labsReader } from "../../run/page/read-labs.ts";
import { readFinished, readProgress } from "../../run/page/read-progress.ts";
import { explain } from "../explain-error.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption } from "../host-option.ts";
import { type AccessOptions, accessOf, addAccessOptions } from "../listen-options.ts";
import { listenAddress } from "../metrics-endpoint.ts";
import { requireRoot } from "../root.ts";
import { corebedVersion, openSession } from "../session.ts";
import { note, print } from "../terminal.ts";

interface Options extends AccessOptions, HostOption {
  readonly listen: ListenAddress;
  readonly json?: boolean;
}

/** `corebed serve`: all labs of this host on a live page and, for Prometheus, as metrics, until Ctrl-C. */
export function addServe(program: Command): void {
  const command = addHostOption(program.command("serve"))
    .description(
      "show all labs on this host on a live web page, and their counters to Prometheus, until Ctrl-C; needs no file, and no lab yet",
    )
    .addOption(
      new Option("--listen <address:port>", "where to listen; without an address on loopback, port 0 takes a free one")
        .argParser(listenAddress)
        .default(listenAddress(DEFAULT_LISTEN), DEFAULT_LISTEN),
    )
    .option("--json", "print where it listens as one line of JSON");
  addAccessOptions(command)
    .addHelpText(
      "after",
      examples(
        ["corebed serve", "until Ctrl-C, on loopback"],
        ["corebed serve --host ssh://root@rig7", "the labs of another machine, shown here"],
        ["corebed serve --listen :0 --json", "on a free port, and say which"],
        ["corebed serve --listen 192.0.2.7:9746 --token-file token", "for others, who have the token"],
      ),
    )
    .action(async ({ listen, json, host, ...files }: Options) => {
      const where = host === undefined ? {} : { host };
      await requireRoot(where);
      const access = await accessOf(listen, files);
      const { world } = openSession(where);
      // On another machine this process is on none of its CPUs.
      const avoid = host === undefined ? stayOff(world.host) : async () => {};
      const scrape = makeExporter({ reader: world.reader, version: corebedVersion(), avoid });
      const onBug = (error: unknown) => note(explain(error).message);
      const feed = new Feed({
        labs: labsReader(world.reader, corebedVersion(), avoid),
        // What commands tell of themselves is of processes of this machine.
        progress: host === undefined ? () => readProgress(world.host) : async () => [],
        finished: readFinished,
        pause: (ms) => delay(ms, undefined, { ref: false }),
        onBug,
      });
      const names = [listen.host.toLowerCase(), hostname().toLowerCase()];
      await using server = await serveMetrics(listen, { scrape, onBug, page: pageHandler(feed), names, access });
      // One line, unlike the JSON of other commands: who waits for it cannot wait for the end of the output.
      if (json === true)
        print(JSON.stringify({ url: `${server.url}/metrics`, page: `${server.url}/`, port: server.port }));
      else print(`Metrics at ${server.url}/metrics (Ctrl-C ends)\nPage at    ${server.url}/`);
      // It was asked to run until it is told to end: being told is no failure.
      if (!world.signal.aborted) await once(world.signal, "abort");
    });
}
