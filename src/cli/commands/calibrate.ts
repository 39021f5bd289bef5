import type { Command } from "commander";
import { ofOneHost } from "../../lab/host-facts.ts";
import { layoutOf } from "../../measure/layout.ts";
import { formatNumber } from "../../measure/quantity.ts";
import { selfComparisons, sessionComparisons } from "../../measure/self-comparisons.ts";
import { noiseFloor } from "../../measure/statistics/noise-floor.ts";
import { comparisonSentence } from "../../report/verdict-sentence.ts";
import { OBSERVED, selfArms } from "../arms.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption } from "../host-option.ts";
import { addMeasureOptions, type CommonOptions, seedOf } from "../measure-options.ts";
import { armContext, measureOptions, measuring } from "../measuring.ts";
import { floorsHost, keepNoiseFloor, noiseFloorPath } from "../noise-floors.ts";
import { wholeNumber } from "../options.ts";
import { allowPrivileged } from "../resolve-options.ts";
import { locate } from "../site.ts";
import { note, print } from "../terminal.ts";
import { refuseSeveral } from "../where.ts";
import { measureAndReport } from "./measure.ts";

interface Options extends CommonOptions {
  readonly comparisons: number;
}

const USUAL_TRIALS = 5;
const USUAL_COMPARISONS = 10;

/** `corebed calibrate FILE`: a lab against its twin, again and again: what this host does to equals. */
export function addCalibrate(program: Command): void {
  const command = addHostOption(program.command("calibrate"), "simulate")
    .description(
      "compare a lab with its twin, to learn what differences this host shows between equals; verdicts then use it",
    )
    .argument("<file>", "topology file, or - for standard input")
    .addHelpText(
      "after",
      examples(
        ["corebed calibrate lab.yaml", "ten comparisons of five trials"],
        ["corebed calibrate lab.yaml --comparisons 30", "takes longer, and says more"],
      ),
    );
  addMeasureOptions(command, `trials of each side in one comparison (default: ${USUAL_TRIALS})`)
    .addOption(allowPrivileged())
    .option("--comparisons <n>", "how many comparisons", wholeNumber, USUAL_COMPARISONS)
    .action(async (path: string, given: Options) => {
      const seed = seedOf(given);
      const { site, file, options } = await locate(path, given, seed);
      const json = options.json === true;
      refuseSeveral(
        file.topology,
        "a noise floor is kept of one machine, and that of several would be one of the network between them too",
        "calibrate a lab on one host; corebed run, compare and sweep measure labs on several",
      );
      const facts = ofOneHost(await site.readFacts());
      const trials = options.trials ?? USUAL_TRIALS;
      const arms = selfArms(file, armContext(options, facts, trials * options.comparisons));
      const unjudged = { ...file, topology: { ...file.topology, expect: [] } };
      const how = measureOptions(options, "calibrate", seed, "random");
      const result = await measuring(options, () => measureAndReport(site, unjudged, arms, facts, how));
      const comparisons = selfComparisons(result, trials);
      const floor = noiseFloor(comparisons);
      const [first] = arms;
      if (floor === undefined || first === undefined)
        throw new Exit(EXIT.failed, "error: no comparison had a ratio: there is no noise floor");
      const called = comparisons.filter(({ verdict }) => verdict === "better" || verdict === "worse").length;
      const layout = layoutOf(first.lab);
      if (!json) {
        print(
          `Noise floor: equals came out up to ${formatNumber(floor.ratio)}x apart (${Math.round(floor.coverage * 100)} % of such comparisons stay within; ${floor.comparisons} comparisons of ${trials} trials each). Without it ${called} of ${comparisons.length} would have been called different.`,
        );
      }
      const observed = result.arms.find(({ name }) => name === OBSERVED)?.comparison;
      const ratio = observed === undefined ? undefined : (observed.ratio ?? observed.ratioOfMedians);
      if (!json && observed !== undefined && ratio !== undefined) {
        print(`Scraping once a second: ${comparisonSentence(observed, ratio, OBSERVED, first.name)}`);
      }
      if (site.simulated) return;
      const sessionFloor = noiseFloor(sessionComparisons(result, trials));
      await keepNoiseFloor(layout, { floor, sessionFloor }, new Date(), floorsHost(facts));
      const where = facts.address === undefined ? "" : ` on ${facts.hostname}`;
      note(`Kept in ${noiseFloorPath()} for labs${where} laid out as: ${layout}`);
    });
}
