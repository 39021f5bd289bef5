import type { Command } from "commander";
import { lastLines } from "../../provision/container.ts";
import { LABEL } from "../../provision/labels.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption } from "../host-option.ts";
import { wholeNumber } from "../options.ts";
import { requireRoot } from "../root.ts";
import { openSession } from "../session.ts";
import { print, printJson } from "../terminal.ts";

/** `corebed logs LAB [NF]`: what the containers of a lab printed. */
export function addLogs(program: Command): void {
  addHostOption(program.command("logs"))
    .description("show what the NFs and the switch of a lab printed; needs no file")
    .argument("<lab>", "name of the lab")
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
        await requireRoot(options);
        const { world } = openSession(options);
        const containers = await world.reader.docker.containers(`${LABEL.lab}=${lab}`);
        const named = containers
          .map((container) => ({
            id: container.Id,
            name: (container.Labels[LABEL.resource] ?? "").split(":")[1] ?? "",
          }))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1));
        const wanted = named.filter(({ name }) => nf === undefined || name === nf);
        if (wanted.length === 0) throw noSuch(lab, nf, named);
        const logs = await Promise.all(
          wanted.map(async ({ id, name }) => ({
            name,
            text: await lastLines(world.docker.getContainer(id), options.tail),
          })),
        );
        if (options.json === true) printJson({ lab, logs });
        else print(logs.map(({ name, text }) => `${wanted.length > 1 ? `== ${name}\n` : ""}${text}`).join("\n"));
      },
    );
}

function noSuch(lab: string, nf: string | undefined, named: readonly { readonly name: string }[]): Exit {
  const message =
    named.length === 0
      ? `error: there is no container of lab ${lab}\n  = help: corebed status lists the labs`
      : `error: lab ${lab} has no NF ${nf}\n  = help: it has ${named.map(({ name }) => name).join(", ")}`;
  return new Exit(EXIT.badInput, message);
}
