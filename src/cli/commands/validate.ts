import type { Command } from "commander";
import type { KnownFacts } from "../../lab/host-facts.ts";
import { simulatedFacts } from "../../simulate/facts.ts";
import { LOCAL_ADDRESS } from "../../topology/topology.ts";
import { sweepArms } from "../arms.ts";
import { examples } from "../help-examples.ts";
import { loadTopology, resolveAllOrExit, type TopologyFile } from "../input.ts";
import { simulatedHosts } from "../plan-parts.ts";
import { openSession } from "../session.ts";
import { SIMULATED } from "../simulated-site.ts";
import { print, printJson } from "../terminal.ts";

interface Options {
  readonly offline?: boolean;
  readonly foldCores?: boolean;
  readonly simulate?: boolean;
  readonly json?: boolean;
}

/** `corebed validate FILE`: is the file right, and can this host do it? */
export function addValidate(program: Command): void {
  program
    .command("validate")
    .description("check a topology file, and that this host can do what it asks")
    .argument("<file>", "topology file, or - for standard input")
    .option("--offline", "check the file alone, not this host")
    .option("--fold-cores", "share the CPUs that are there among more cores")
    .option("--simulate", "check against a model of a host")
    .option("--json", "print diagnostics as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed validate lab.yaml", "the file, and this host"],
        ["corebed validate --offline lab.yaml", "the file alone, as in an editor"],
      ),
    )
    .action(async (file: string, options: Options) => {
      const json = options.json === true;
      const simulated = options.simulate === true;
      const loaded = await loadTopology(file, json);
      const facts = await factsFor(loaded, options);
      if (facts !== undefined) resolveAll(loaded, facts, options);
      if (json) printJson({ ok: true, ...(simulated && { simulated }), diagnostics: [] });
      else
        print(
          `${simulated ? `${SIMULATED}\n` : ""}${loaded.source.file}: the topology is valid${doable(loaded, options)}`,
        );
    });
}

/** What the file is checked against besides itself. Hosts of its own are not asked: corebed plan does that. */
async function factsFor({ topology }: TopologyFile, options: Options): Promise<KnownFacts | undefined> {
  const { hosts } = topology;
  if (options.simulate === true) return hosts.length > 1 ? simulatedHosts(hosts) : simulatedFacts();
  if (options.offline === true || hosts.some(({ address }) => address !== LOCAL_ADDRESS)) return undefined;
  return await openSession().readFacts("quick");
}

/** Every lab that the file asks for: its own, those of the comparison, those of the sweep. */
function resolveAll(file: TopologyFile, facts: KnownFacts, options: Options): void {
  const json = options.json === true;
  const fold = options.foldCores === true;
  // Nothing is started: what a file asks of the host is for those to allow who start it.
  const how = { fold, allowPrivileged: true };
  const arms = file.topology.compare?.datapaths.map((datapath) => ({ ...how, datapath }));
  resolveAllOrExit(file, facts, arms ?? [how], json);
  if (file.topology.sweep !== undefined)
    sweepArms(file, { facts, ...how, json, trials: undefined, measure: undefined });
}

function doable({ topology: { hosts } }: TopologyFile, { offline, simulate }: Options): string {
  if (simulate === true) return ` and ${hosts.length > 1 ? "modelled hosts" : "the modelled host"} can do it`;
  if (offline !== true && hosts.some(({ address }) => address !== LOCAL_ADDRESS))
    return `; ${hosts.length === 1 ? "its host was not asked, which" : "its hosts were not asked, which"} corebed plan does`;
  return offline === true ? "" : " and this host can do it";
}
