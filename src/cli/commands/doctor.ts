import type { Command } from "commander";
import { checkHost } from "../../setup/checks.ts";
import { makeReady, type SetupEvent } from "../../setup/fix.ts";
import { formatChecks } from "../../setup/format-checks.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption, hostField, thisHost, withHost } from "../host-option.ts";
import { wholeNumber } from "../options.ts";
import { requireRoot } from "../root.ts";
import { openSession } from "../session.ts";
import { showStep } from "../show-step.ts";
import { note, outputOf, print, printJson } from "../terminal.ts";

interface Options extends HostOption {
  readonly fix?: boolean;
  readonly hugePages?: number;
  readonly json?: boolean;
}

/** `corebed doctor [--fix]`: is this host ready, and if not, make it so. */
export function addDoctor(program: Command): void {
  addHostOption(program.command("doctor"))
    .description("report what this host can do for a lab; with --fix, make it ready")
    .option("--fix", "install and start Docker, reserve huge pages, build the images")
    .option("--huge-pages <n>", "with --fix: huge pages to have in all (default: 1 GiB of them)", wholeNumber)
    .option("--json", "print the host's facts and the checks as JSON; corebed plan --facts reads them")
    .addHelpText(
      "after",
      examples(
        ["corebed doctor", "what this host can do, and what it lacks"],
        ["corebed doctor --fix", "make it ready"],
        ["corebed doctor --json > facts.json", "for corebed plan --facts elsewhere"],
      ),
    )
    .action(async (options: Options) => {
      const json = options.json === true;
      if (options.fix === true) await requireRoot(options);
      const session = openSession(options);
      const changes = options.fix === true ? await fix(session, options, json) : [];
      const facts = await session.readFacts();
      const checks = checkHost(facts);
      const { color, width } = outputOf(process.stdout);
      if (json) printJson({ ...hostField(options), facts, checks, changes });
      else if (options.fix !== true)
        print(withHost(formatChecks(checks, { color, width: Math.min(width, 100) }), options));
      // A lab that holds all huge pages is no fault of the host.
      if (checks.some((check) => check.state === "missing" && check.id !== "huge-pages-free")) {
        // After a fix only what could not be fixed is worth a line.
        if (options.fix === true && !json)
          print(
            formatChecks(
              checks.filter((check) => check.state === "missing"),
              { color, width: Math.min(width, 100) },
            ),
          );
        throw new Exit(EXIT.unavailable);
      }
    });
}

async function fix(
  session: ReturnType<typeof openSession>,
  options: Options,
  json: boolean,
): Promise<readonly string[]> {
  const { host, signal } = session.world;
  const emit = (event: SetupEvent): void => {
    if (!json) showStep(event);
  };
  const pages = options.hugePages === undefined ? {} : { hugePages: options.hugePages };
  const { changes } = await makeReady(host, emit, { signal, ...pages });
  if (!json) {
    if (changes.length === 0)
      note(`${options.host === undefined ? "This host" : thisHost(options)} was ready: nothing was changed.`);
    else note(`Changed on ${thisHost(options)}:\n${changes.map((change) => `  - ${change}`).join("\n")}`);
  }
  return changes;
}
