import type { Command } from "commander";
import { addMatrixOptions, type MatrixOptions, matrixText } from "../ci/matrix-command.ts";
import { addCiOptions, type CiOptions } from "../ci/options.ts";
import { runCi } from "../ci/run-ci.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption } from "../host-option.ts";
import { print } from "../terminal.ts";

/** `corebed ci FILE`: all that a CI job does, in one command with one exit code. */
export function addCi(program: Command): void {
  const command = addHostOption(program.command("ci"), "simulate", "matrix")
    .description(
      "for CI jobs: wait for this machine, check it, measure what the file asks for, check expectations and baseline, write reports, and remove the labs whatever happens",
    )
    .argument("<file...>", "topology file, or - for standard input; several only with --matrix");
  addMatrixOptions(addCiOptions(command))
    .addHelpText("after", MORE)
    .addHelpText(
      "after",
      examples(
        ["corebed ci lab.yaml --time-limit 30m", "as a CI job does"],
        ["corebed ci lab.yaml --baseline main.json", "against an earlier result"],
        ["corebed ci lab.yaml --host ssh://root@rig7", "on another machine"],
        ["corebed ci lab.yaml --simulate", "is the file right?"],
        ["corebed ci labs/*.yaml --matrix github", "the jobs for a fleet"],
      ),
    )
    .action(async (paths: readonly string[], options: CiOptions & MatrixOptions) => {
      if (options.matrix !== undefined) {
        print(await matrixText(options.matrix, paths, options, command));
        return;
      }
      const [path = "", ...others] = paths;
      if (others.length > 0) {
        throw new Exit(
          EXIT.usage,
          "error: one job measures one file\n  = help: --matrix writes a job for each of several",
        );
      }
      if (options.runner !== undefined) throw new Exit(EXIT.usage, "error: --runner belongs to --matrix");
      const code = await runCi(path, options);
      if (code !== EXIT.ok) throw new Exit(code);
    });
}

const MORE = `
Measures compare: if the file has one, else sweep:, else the lab as it is. Labs
of the file that are up already are removed first. The folder gets result.json,
report.html, junit.xml, summary.md, comment.md, annotations.txt, doctor.json and
corebed.log. GitHub Actions gets the summary and the annotations as well.

Exit codes: 0 all is as expected, 1 an expectation is broken or an arm is worse
than the baseline, 64 bad command line, 65 bad file, 69 this host cannot do it,
70 a bug, 75 the machine was not free in time, 124 the time limit passed,
130 interrupted.`;
