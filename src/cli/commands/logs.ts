import type { Command } from "commander";
import { lastLines } from "../../provision/container.ts";
import type { World } from "../../provision/driver.ts";
import { LABEL } from "../../provision/labels.ts";
import { SWITCH_OWNER } from "../../topology/topology.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption } from "../host-option.ts";
import { wholeNumber } from "../options.ts";
import { openRigs } from "../rigs.ts";
import { requireRoot } from "../root.ts";
import { openSession } from "../session.ts";
import { targetOf } from "../target.ts";
import { print, printJson } from "../terminal.ts";
import type { Where } from "../where.ts";

/** `corebed logs LAB [NF]`: what the containers of a lab printed. */
export function addLogs(program: Command): void {
  addHostOption(program.command("logs"))
    .description("show what the NFs and the switch of a lab printed; needs no file")
    .argument("<lab>", "name of the lab, or its topology file, which also says on which hosts it is")
    .argument("[nf]", "only this NF, or switch")
    .option("--tail <n>", "how many lines of each", wholeNumber, 50)
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed logs chain-l2fwd", "of all its NFs and the switch"],
        ["corebed logs chain-l2fwd fwd --tail 200", "of one NF"],
      ),
    )
    .action(
      async (
        lab: string,
        nf: string | undefined,
        options: HostOption & { readonly tail: number; readonly json?: boolean },
      ) => {
        const target = await targetOf(lab, options);
        const name = target.kind === "file" ? target.loaded.topology.name : target.name;
        const named = await containersOf(name, target.where);
        const wanted = named.filter(({ name, thing }) => nf === undefined || name === nf || thing === nf);
        if (wanted.length === 0) throw noSuch(name, nf, named);
        const logs = await Promise.all(
          wanted.map(async ({ id, name, world }) => ({
            name,
            text: await lastLines(world.docker.getContainer(id), options.tail),
          })),
        );
        if (options.json === true) printJson({ lab: name, logs });
        else print(logs.map(({ name, text }) => `${wanted.length > 1 ? `== ${name}\n` : ""}${text}`).join("\n"));
      },
    );
}

interface Named {
  readonly id: string;
  /** `gen`, `switch`, or of a lab on several hosts `switch of a`. */
  readonly name: string;
  readonly thing: string;
  readonly world: World;
}

/** The containers of a lab, wherever it is. */
async function containersOf(lab: string, where: Where): Promise<readonly Named[]> {
  if (where.kind === "one") await requireRoot(where.options);
  const worlds =
    where.kind === "one"
      ? [{ host: undefined, world: openSession(where.options).world }]
      : (await openRigs(where.hosts)).all.map(({ host, session }) => ({ host: host.name, world: session.world }));
  const found = await Promise.all(
    worlds.map(async ({ host, world }) => {
      const containers = await world.reader.docker.containers(`${LABEL.lab}=${lab}`);
      return containers.map(({ Id: id, Labels }) => {
        const thing = (Labels[LABEL.resource] ?? "").split(":")[1] ?? "";
        return { id, thing, name: host !== undefined && thing === SWITCH_OWNER ? `${thing} of ${host}` : thing, world };
      });
    }),
  );
  return found.flat().toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function noSuch(lab: string, nf: string | undefined, named: readonly { readonly name: string }[]): Exit {
  const message =
    named.length === 0
      ? `error: there is no container of lab ${lab}\n  = help: corebed status lists the labs`
      : `error: lab ${lab} has no NF ${nf}\n  = help: it has ${named.map(({ name }) => name).join(", ")}`;
  return new Exit(EXIT.badInput, message);
}
