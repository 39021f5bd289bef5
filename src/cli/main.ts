import { type Command, type CommanderError, Command as Program } from "commander";
import { addApply } from "./commands/apply.ts";
import { addCalibrate } from "./commands/calibrate.ts";
import { addCi } from "./commands/ci.ts";
import { addCompare } from "./commands/compare.ts";
import { addCompletion } from "./commands/completion.ts";
import { addDestroy } from "./commands/destroy.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addExec } from "./commands/exec.ts";
import { addExperiment } from "./commands/experiment.ts";
import { addExplain } from "./commands/explain.ts";
import { addGraph } from "./commands/graph.ts";
import { addHistory } from "./commands/history.ts";
import { addImages } from "./commands/images.ts";
import { addLogs } from "./commands/logs.ts";
import { addNic } from "./commands/nic.ts";
import { addPlan } from "./commands/plan.ts";
import { addReport } from "./commands/report.ts";
import { addRun } from "./commands/run.ts";
import { addSchema } from "./commands/schema.ts";
import { addServe } from "./commands/serve.ts";
import { addStatus } from "./commands/status.ts";
import { addSweep } from "./commands/sweep.ts";
import { addValidate } from "./commands/validate.ts";
import { EXIT, Exit } from "./exit.ts";
import { explain } from "./explain-error.ts";
import { closeHosts } from "./open-host.ts";
import { corebedVersion } from "./session.ts";
import { note } from "./terminal.ts";

/** Runs corebed with these arguments (without program and script) and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that goes away (corebed ... | head) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
  });
  const program = makeProgram();
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    const { code, message } = explain(error);
    if (message !== "") note(message);
    process.exitCode = code;
  } finally {
    await closeHosts();
  }
}

export function makeProgram(): Command {
  const program = new Program("corebed")
    .description(
      "Lays a test bed of containerised network functions out over CPU cores and measures how fast each way of wiring it is.",
    )
    // A line a command: what it takes is in its own help, and the list fits a terminal of 80 columns.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .version(corebedVersion())
    .showSuggestionAfterError()
    .addHelpText("after", HELP);
  for (const add of COMMANDS) add(program);
  for (const command of [program, ...program.commands, ...program.commands.flatMap((sub) => sub.commands)]) {
    command.exitOverride((error: CommanderError) => {
      throw new Exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    });
  }
  return program;
}

const COMMANDS: readonly ((program: Command) => void)[] = [
  addDoctor,
  addValidate,
  addPlan,
  addApply,
  addRun,
  addCompare,
  addSweep,
  addCi,
  addExperiment,
  addCalibrate,
  addExplain,
  addHistory,
  addReport,
  addStatus,
  addLogs,
  addExec,
  addDestroy,
  addServe,
  addImages,
  addNic,
  addGraph,
  addSchema,
  addCompletion,
];

const HELP = `
Examples:
  corebed doctor --fix                           make this host ready
  corebed graph topologies/two-chains.yaml       draw what a file describes
  corebed compare topologies/pktgen-stats.yaml   docker bridge or vhost-user?
  corebed report results/NAME.json               one page with plots
  corebed ci lab.yaml                            all of it in a pipeline
  corebed apply lab.yaml && corebed run lab.yaml
  corebed destroy --all                          remove every lab

Exit codes: 0 fine, 1 an expectation failed, 2 changes wait (plan),
64 bad command line, 65 bad input file, 69 the host cannot do it,
70 a bug in corebed, 75 machine busy and 124 time limit (ci),
130 interrupted.`;
