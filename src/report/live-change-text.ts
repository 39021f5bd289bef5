import type { LiveChain, LiveChange, LivePhase } from "../measure/live-change-schema.ts";
import { formatCount, formatNumber } from "../measure/quantity.ts";
import type { Output } from "./output.ts";
import { paint } from "./output.ts";
import { type Column, table } from "./table.ts";
import { hanging } from "./text.ts";

const PHASES: Readonly<Record<LivePhase["phase"], string>> = {
  "bring-up": "new parts come up",
  "switch-over": "switch-over",
  "take-away": "old parts go",
};

/** What packets saw of a live change, for people. */
export function formatLiveChange(change: LiveChange, output: Output): string {
  return change.chains
    .map((chain) => chainLines(chain, output))
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function chainLines(chain: LiveChain, output: Output): readonly string[] {
  const reverse = chain.direction === "reverse";
  const path = (reverse ? chain.path.toReversed() : chain.path).join(" -> ");
  const name = `Chain ${chain.chain}${reverse ? ", back" : ""}`;
  const usual = `longest time without a packet at the switch-over; ${formatMs(chain.undisturbed.longestGapMs)} while nothing changed`;
  return [
    ...hanging("", `${name}: ${path}`, output).map((line) => paint("bold", line, output)),
    "",
    ...fact("Blocked", formatMs(chain.blockedMs), usual, output),
    ...fact("Lost", formatCount(chain.lostPackets), lostText(chain), output),
    ...fact("Reordered", formatCount(chain.reorderedPackets), "", output),
    ...fact("Duplicated", formatCount(chain.duplicatePackets), "", output),
    "",
    ...table(COLUMNS, rows(chain), { ...output, width: output.width - 2 }).lines.map((line) => `  ${line}`),
    ...notes(chain).flatMap((note) => ["", ...hanging("  ", note, output)]),
  ];
}

function fact(label: string, value: string, text: string, output: Output): readonly string[] {
  const head = `  ${label.padEnd(11)} ${value.padStart(9)}`;
  return text === "" ? [head] : hanging(`${head}  `, text, output);
}

function lostText({ sentPackets, lostPackets, lostMs, undisturbed }: LiveChain): string {
  const usual =
    undisturbed.lostPackets === 0
      ? ""
      : `; ${formatCount(undisturbed.lostPackets)} of ${formatCount(undisturbed.sentPackets)} while nothing changed`;
  const time = lostPackets === 0 ? "" : `, what is sent in ${formatMs(lostMs)}`;
  return `of ${formatCount(sentPackets)} packets${time}${usual}`;
}

const COLUMNS: readonly Column[] = [
  { header: "while" },
  { header: "took", align: "right" },
  { header: "packets arrived", short: "arrived", align: "right" },
  { header: "longest time without", short: "gap", align: "right" },
];

function rows({ undisturbed, phases }: LiveChain): readonly (readonly string[])[] {
  const row = (what: string, part: Omit<LivePhase, "phase">): readonly string[] => [
    what,
    formatMs(part.durationMs),
    formatCount(part.receivedPackets),
    formatMs(part.longestGapMs),
  ];
  return [row("nothing changes", undisturbed), ...phases.map((part) => row(PHASES[part.phase], part))];
}

/** What figures do not say by themselves. */
function notes({ undisturbed, phases, blockedMs }: LiveChain): readonly string[] {
  const worst = Math.max(...phases.filter(({ phase }) => phase !== "switch-over").map((part) => part.longestGapMs));
  const ordinary = blockedMs <= undisturbed.longestGapMs;
  const starved = worst > Math.max(2 * undisturbed.longestGapMs, blockedMs);
  return [
    ...(ordinary ? ["Packets were not held up for longer than they are on this machine with no change at all."] : []),
    ...(starved
      ? [
          "Longer gaps while parts come up or go are no matter of rules: containers that start or end take CPU time from NFs that share it.",
        ]
      : []),
  ];
}

/** `0.41 ms`, `1.20 s`. */
function formatMs(milliseconds: number): string {
  return milliseconds < 1000 ? `${formatNumber(milliseconds)} ms` : `${formatNumber(milliseconds / 1000)} s`;
}
