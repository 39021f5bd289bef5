import type { Command } from "commander";
import { attempt } from "../../host/docker.ts";
import { LABEL } from "../../provision/labels.ts";
import { hostsOfNfs } from "../../topology/crossing.ts";
import { SWITCH_OWNER } from "../../topology/topology.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption } from "../host-option.ts";
import { requireRoot } from "../root.ts";
import { openSession } from "../session.ts";
import { type Target, targetOf } from "../target.ts";
import { printJson } from "../terminal.ts";
import { optionOf } from "../where.ts";

/** `corebed exec LAB NF -- COMMAND...`: runs a program in a container of the lab, with its exit code. */
export function addExec(program: Command): void {
  addHostOption(program.command("exec"))
    .description("run a program in an NF's container or the switch's, and end with its exit code; needs no file")
    .argument("<lab>", "name of the lab, or its topology file, which also says on which hosts it is")
    .argument("<nf>", "name of the NF, or switch")
    .argument("<command...>", "program and arguments, after --")
    .option("--json", "print exit code and output as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed exec chain-l2fwd gen -- ip -s link", "in an NF"],
        ["corebed exec chain-l2fwd switch -- ovs-vsctl show", "in the switch"],
      ),
    )
    .action(
      async (
        lab: string,
        nf: string,
        command: readonly string[],
        options: HostOption & { readonly json?: boolean },
      ) => {
        const target = await targetOf(lab, options);
        const on = optionsFor(target, nf);
        await requireRoot(on);
        const { world } = openSession(on);
        const name = target.kind === "file" ? target.loaded.topology.name : target.name;
        const containers = await world.reader.docker.containers(`${LABEL.lab}=${name}`);
        const found = containers.find((container) => container.Labels[LABEL.resource]?.split(":")[1] === nf);
        if (found === undefined) {
          throw new Exit(
            EXIT.badInput,
            `error: there is no container ${nf} in lab ${name}\n  = help: corebed status lists the labs and their NFs`,
          );
        }
        const container = world.docker.getContainer(found.Id);
        const what = `run ${command[0]} in ${nf}`;
        const exec = await attempt(what, container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true }));
        const stream = await attempt(what, exec.start({ hijack: true, stdin: false }));
        const captured = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
        const json = options.json === true;
        const sink = (name: "stdout" | "stderr") => ({
          write: (chunk: Buffer) => (json ? captured[name].push(chunk) > 0 : process[name].write(chunk)),
        });
        world.docker.modem.demuxStream(
          stream,
          sink("stdout") as unknown as NodeJS.WritableStream,
          sink("stderr") as unknown as NodeJS.WritableStream,
        );
        await new Promise<void>((resolve, reject) => stream.once("end", resolve).once("error", reject));
        const { ExitCode } = await attempt(what, exec.inspect());
        if (json) {
          const text = (name: "stdout" | "stderr"): string => Buffer.concat(captured[name]).toString("utf8");
          printJson({ exitCode: ExitCode, stdout: text("stdout"), stderr: text("stderr") });
        }
        process.exitCode = ExitCode ?? EXIT.unavailable;
      },
    );
}

/** The host that the NF runs on. */
function optionsFor(target: Target, nf: string): HostOption {
  if (target.where.kind === "one") return target.where.options;
  const { hosts } = target.where;
  const places = hostsOfNfs(target.kind === "file" ? target.loaded.topology.cores : []);
  const host = hosts.find(({ name }) => name === places.get(nf));
  if (host !== undefined) return optionOf(host);
  const message =
    nf === SWITCH_OWNER
      ? `error: each of ${hosts.map(({ name }) => name).join(", ")} has a switch of the lab\n  = help: say which by its host: corebed exec LAB switch --host ADDRESS -- COMMAND`
      : `error: no host runs an NF ${nf}\n  = help: the NFs are ${[...places.keys()].join(", ")}`;
  throw new Exit(EXIT.badInput, message);
}
