import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { destroyLab } from "../../provision/converge.ts";
import type { Reader } from "../../provision/driver.ts";
import { LABEL } from "../../provision/labels.ts";
import { labNames } from "../../provision/observe.ts";
import { readProgress } from "../../run/page/read-progress.ts";
import { releaseHugePages } from "../../setup/huge-pages.ts";
import { DATAPATHS } from "../../topology/topology.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption, thisHost } from "../host-option.ts";
import { loadTopology } from "../input.ts";
import { Progress } from "../progress.ts";
import { requireRoot } from "../root.ts";
import { lockLabs, openSession } from "../session.ts";
import { print, printJson } from "../terminal.ts";

interface Options extends HostOption {
  readonly all?: boolean;
  readonly releaseHugepages?: boolean;
  readonly json?: boolean;
}

/** `corebed destroy [NAME|FILE|--all]`: removes what carries the lab's mark, and nothing else. */
export function addDestroy(program: Command): void {
  addHostOption(program.command("destroy"))
    .description("remove a lab: containers, networks, veths, sockets and directories; twice is fine")
    .argument("[lab]", "name of the lab, or the topology file (then also its labs left over from compare)")
    .option("--all", "every lab on this host")
    .option("--release-hugepages", "also give back the huge pages that corebed reserved")
    .option("--json", "print what was removed as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed destroy chain-l2fwd", "a lab by its name, with no file"],
        ["corebed destroy lab.yaml", "and what compare left of it"],
        ["corebed destroy --all --release-hugepages", "everything"],
      ),
    )
    .action(async (target: string | undefined, options: Options) => {
      const json = options.json === true;
      await requireRoot(options);
      const { world } = openSession(options);
      const names = await targets(target, options, world.reader);
      const progress = new Progress({ quiet: json });
      const removed: { lab: string; resources: number }[] = [];
      for (const name of names) {
        await using _lock = await lockLabs(world.host, [name], "destroy");
        removed.push({ lab: name, resources: await destroyLab(name, world, (event) => progress.apply(event)) });
      }
      progress.end();
      // Reading removes what commands that were killed had told of their progress.
      await readProgress(world.host);
      const pages = options.releaseHugepages === true ? await releaseHugePages(world.host) : undefined;
      if (json) {
        printJson({ removed, ...(pages === undefined ? {} : { hugePages: pages }) });
        return;
      }
      const gone = removed.filter((item) => item.resources > 0);
      for (const { lab, resources } of gone) print(`Lab ${lab} is gone (${resources} resources removed).`);
      if (gone.length === 0)
        print(
          options.all === true
            ? `There is no lab on ${thisHost(options)}.`
            : `There is nothing left of lab ${names[0] ?? target}.`,
        );
      if (pages !== undefined)
        print(`Huge pages given back: ${pages.released}${pages.kept > 0 ? `; ${pages.kept} are still in use` : ""}.`);
    });
}

async function targets(target: string | undefined, options: Options, reader: Reader): Promise<readonly string[]> {
  if (options.all === true) return labNames(reader);
  if (target === undefined) {
    if (options.releaseHugepages === true) return [];
    throw new Exit(
      EXIT.usage,
      "error: which lab?\n  = help: give its name or its file, or --all; corebed status lists the labs",
    );
  }
  const isFile =
    target === "-" ||
    // No lab has such a name: a file that is not there is a mistake, and nothing would be removed.
    /[/.]/.test(target) ||
    (await stat(target).then(
      (entry) => entry.isFile(),
      () => false,
    ));
  if (!isFile) return [target];
  const { topology } = await loadTopology(target, options.json === true);
  return [topology.name, ...(await armsOf(topology.name, reader))];
}

/** Labs that compare made of the file, less those that have the same name and are another file's. */
async function armsOf(name: string, reader: Reader): Promise<readonly string[]> {
  const [present, containers] = await Promise.all([labNames(reader), reader.docker.containers(LABEL.lab)]);
  const foreign = containers
    .filter(({ Labels }) => Labels[LABEL.group] !== name)
    .map(({ Labels }) => Labels[LABEL.lab]);
  return DATAPATHS.map((datapath) => `${name}-${datapath}`).filter(
    (arm) => present.includes(arm) && !foreign.includes(arm),
  );
}
