import type { Command } from "commander";
import { addCiOptions, type CiOptions } from "../ci/options.ts";
import { runCi } from "../ci/run-ci.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";

/** `corebed ci FILE`: all that a CI job does, in one command with one exit code. */
export function addCi(program: Command): void {
  const command = program
    .command("ci")
    .description(
      "for CI jobs: wait for this machine, check it, measure what the file asks for, check expectations and baseline, write reports, and remove the labs whatever happens",
    )
    .argument("<file>", "topology file, or - for standard input");
  addCiOptions(command)
    .addHelpText("after", MORE)
    .addHelpText(
      "after",
      examples(
        ["corebed ci lab.yaml --time-limit 30m", "as a CI job does"],
        ["corebed ci lab.yaml --baseline main.json", "against an earlier result"],
        ["corebed ci lab.yaml --simulate", "is the file right?"],
      ),
    )
    .action(async (path: string, options: CiOptions) => {
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
