import type { Command } from "commander";
import type { PlacedHost } from "../../lab/lab.ts";
import { destroyLab } from "../../provision/converge.ts";
import type { Reader, World } from "../../provision/driver.ts";
import { LABEL, placeOf } from "../../provision/labels.ts";
import { labNames } from "../../provision/observe.ts";
import { readProgress } from "../../run/page/read-progress.ts";
import { releaseHugePages } from "../../setup/huge-pages.ts";
import { NAME_PATTERN } from "../../topology/thing-names.ts";
import { DATAPATHS } from "../../topology/topology.ts";
import { quote } from "../../topology/wording.ts";
import { destroyParts, tellOthers } from "../destroy-parts.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption, thisHost } from "../host-option.ts";
import { Progress } from "../progress.ts";
import { requireRoot } from "../root.ts";
import { lockLabs, openSession } from "../session.ts";
import { type Target, targetOf } from "../target.ts";
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
      const found = target === undefined || options.all === true ? undefined : await targetOf(target, options);
      if (found?.where.kind === "several" && found.kind === "file") {
        const { topology } = found.loaded;
        if (options.releaseHugepages === true) throw new Exit(EXIT.usage, RELEASES_ONE);
        const namesOn = async ({ reader }: World) => [topology.name, ...(await armsOf(topology.name, reader))];
        await destroyParts(topology, namesOn, options);
        return;
      }
      const on = found?.where.kind === "one" ? { ...options, ...found.where.options } : options;
      await requireRoot(on);
      const { world } = openSession(on);
      const names = await targets(found, options, world.reader);
      const others = await otherHosts(names, world.reader);
      const progress = new Progress({ quiet: json });
      const removed: { lab: string; resources: number }[] = [];
      for (const name of names) {
        await using _lock = await lockLabs(world.host, [name], "destroy");
        removed.push({ lab: name, resources: await destroyLab(name, world, (event) => progress.apply(event)) });
      }
      progress.end();
      // Reading removes what commands that were killed had told of their progress; those on another machine are no processes of this one.
      if (on.host === undefined) await readProgress(world.host);
      const pages = options.releaseHugepages === true ? await releaseHugePages(world.host) : undefined;
      if (json) {
        const elsewhere = names.flatMap((lab) => (others.get(lab) ?? []).map((host) => ({ lab, ...host })));
        printJson({
          removed,
          ...(elsewhere.length > 0 && { elsewhere }),
          ...(pages === undefined ? {} : { hugePages: pages }),
        });
        return;
      }
      const gone = removed.filter((item) => item.resources > 0);
      for (const { lab, resources } of gone) print(`Lab ${lab} is gone (${resources} resources removed).`);
      for (const { lab } of gone) tellOthers(lab, others.get(lab) ?? []);
      if (gone.length === 0)
        print(
          options.all === true
            ? `There is no lab on ${thisHost(on)}.`
            : `There is nothing left of lab ${names[0] ?? target}.`,
        );
      if (pages !== undefined)
        print(`Huge pages given back: ${pages.released}${pages.kept > 0 ? `; ${pages.kept} are still in use` : ""}.`);
    });
}

const RELEASES_ONE =
  "error: --release-hugepages is for one host\n  = help: destroy the lab without it, then corebed destroy --release-hugepages --host ADDRESS for each";

async function targets(target: Target | undefined, options: Options, reader: Reader): Promise<readonly string[]> {
  if (options.all === true) return labNames(reader);
  if (target === undefined) {
    if (options.releaseHugepages === true) return [];
    throw new Exit(
      EXIT.usage,
      "error: which lab?\n  = help: give its name or its file, or --all; corebed status lists the labs",
    );
  }
  if (target.kind === "name") {
    if (NAME_PATTERN.test(target.name)) return [target.name];
    throw new Exit(
      EXIT.usage,
      `error: ${quote(target.name)} cannot be the name of a lab\n  = help: names are of lower-case letters, digits and dashes; corebed status lists the labs`,
    );
  }
  const { name } = target.loaded.topology;
  return [name, ...(await armsOf(name, reader))];
}

/** The other hosts of these labs, by the lab's name; none of labs on one host. */
async function otherHosts(
  names: readonly string[],
  reader: Reader,
): Promise<ReadonlyMap<string, readonly PlacedHost[]>> {
  const containers = names.length === 0 ? [] : await reader.docker.containers(LABEL.place);
  return new Map(
    names.map((name) => {
      const place = placeOf(containers.filter(({ Labels }) => Labels[LABEL.lab] === name));
      return [name, place?.hosts.filter((host) => host.name !== place.host) ?? []];
    }),
  );
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
