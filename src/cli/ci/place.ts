import type { Host } from "../../host/host.ts";
import { parseTopology } from "../../topology/parse-topology.ts";
import type { HostSpec } from "../../topology/topology.ts";
import type { HostOption } from "../host-option.ts";
import { type TopologyFile, topologyBytes } from "../input.ts";
import { openHost } from "../open-host.ts";
import { requireRoot } from "../root.ts";
import { hostsSite, type Site, siteOf } from "../site.ts";
import { optionOf, whereOf } from "../where.ts";

/** Where a CI run measures: a model, a machine, or several. */
export interface Place {
  /** Opens it with a signal that ends what is under way there. */
  readonly open: (seed: number, signal: AbortSignal) => Promise<Site>;
  /** The machines in the order of the file; none where a model is measured. */
  readonly machines: readonly Machine[];
}

export interface Machine {
  /** Name in the file of one of several; undefined where there is but one. */
  readonly name: string | undefined;
  readonly option: HostOption;
  readonly host: Host;
}

type Options = HostOption & { readonly simulate?: boolean };

/** Ends here where it takes root to go on: an ordinary user's corebed does so through sudo, and this process only waits for it. So nothing has been opened by then. */
export async function requireRootFor(path: string, options: Options): Promise<void> {
  if (options.simulate === true) return;
  const hosts = await hostsIn(path);
  if (hosts.length === 0) await requireRoot(options);
  else for (const host of hosts) await requireRoot(optionOf(host));
}

/** The hosts that a file names; none where it cannot be read, which is told later. Standard input can be read once, by who goes on. */
async function hostsIn(path: string): Promise<readonly HostSpec[]> {
  const bytes = path === "-" ? undefined : await topologyBytes(path).catch(() => undefined);
  const parsed = bytes === undefined ? undefined : parseTopology(bytes, path);
  return parsed?.ok === true ? parsed.topology.hosts : [];
}

/** Where the file or else the command line says. */
export async function placeOf({ topology, source }: TopologyFile, options: Options): Promise<Place> {
  const where = whereOf(topology, options);
  if (options.simulate === true || where.kind === "one") {
    const own = where.kind === "one" ? where.options : {};
    const simulate = options.simulate === true;
    return {
      open: (seed, signal) => siteOf({ ...own, simulate }, seed, signal),
      machines: simulate ? [] : [{ name: undefined, option: own, host: openHost(own) }],
    };
  }
  return {
    open: (_seed, signal) => hostsSite(where.hosts, source.file, signal),
    machines: where.hosts.map((host) => {
      const option = optionOf(host);
      return { name: host.name, option, host: openHost(option) };
    }),
  };
}
