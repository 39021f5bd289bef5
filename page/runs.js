import { h } from "./dom.js";
import { duration, latency, loss, rate, timeOfDay } from "./format.js";
import { table } from "./table.js";

/** The measurements under way and those that ended. */
export function runsSection({ runs, finished }) {
  if (runs.length + finished.length === 0) {
    return [h("p", { class: "muted" }, "Nothing is being measured. ", h("code", {}, "corebed run"), " shows up here.")];
  }
  return [...runs.map(runCard), ...finished.map(finishedCard)];
}

function runCard(run) {
  const { command, topology, trial, done, labs, startedAt } = run;
  return h(
    "div",
    { class: "run", "data-key": run.id, "data-run": topology },
    h("h3", {}, `${command} of ${topology}`),
    h("p", { class: "muted" }, `since ${timeOfDay(Date.parse(startedAt))}, on ${labs.join(", ")}`),
    trial === undefined
      ? h("p", { class: "now" }, done === 0 ? "Bringing the lab up" : `${trials(done)} done`)
      : trialNow(run, trial),
    resultTables(run),
  );
}

function trialNow({ remainingMs, done }, { arm, purpose, number, total, elapsedMs, durationMs, askedPps }) {
  const what = purpose === "trial" ? arm : `${arm}, ${purpose}`;
  const load = askedPps === undefined ? "" : ` at ${rate(askedPps)}`;
  const of = total === undefined ? "" : ` of ${total}`;
  const left = remainingMs === undefined ? "" : `, about ${duration(remainingMs)} to go`;
  // A trial is over only when all counters are read, which takes a moment more than its traffic.
  const sent = Math.min(elapsedMs, durationMs);
  return [
    h("p", { class: "now" }, `Trial ${number}${of} on ${what}${load}${left}`),
    bar("This trial", sent, durationMs, `${duration(sent)} of ${duration(durationMs)}`),
    total === undefined ? undefined : bar("All trials", done, total, `${done} of ${total} trials done`),
  ];
}

function bar(label, value, max, text) {
  const shown = max > 0 ? Math.min(1, value / max) : 0;
  return [
    h("p", { class: "muted" }, `${label}: ${text}`),
    h("progress", { "aria-label": label, "aria-valuetext": text, max: 100, value: Math.round(shown * 100) }, text),
  ];
}

const OUTCOMES = {
  complete: ["good", "complete"],
  "cut-short": ["warn", "cut short"],
  unknown: ["warn", "ended, and its result file cannot be read"],
};

function finishedCard(run) {
  const [tone, words] = OUTCOMES[run.outcome];
  return h(
    "div",
    { class: "run", "data-key": `${run.id}-finished`, "data-finished": run.topology },
    h("h3", {}, `${run.command} of ${run.topology}: `, h("span", { class: tone }, words)),
    h("p", { class: "muted" }, "Result file: ", h("code", {}, run.resultPath)),
    resultTables(run, "Medians"),
  );
}

function trials(count) {
  return count === 1 ? "1 trial" : `${count} trials`;
}

function resultTables({ arms, trials: last, done }, caption = "Medians so far") {
  if (done === 0) return [];
  return [
    table(caption, ["Arm", "Trials", "Throughput", "Loss", "Latency p50", "Latency p99"], arms, (arm) => [
      arm.name,
      arm.trials,
      rate(arm.medianPps),
      loss(arm.medianLossRatio),
      latency(arm.medianP50Ns),
      latency(arm.medianP99Ns),
    ]),
    h(
      "details",
      {},
      h("summary", {}, done > last.length ? `The last ${last.length} of ${done} trials` : "Every trial"),
      table(
        "Trials, the last one first",
        ["Trial", "Arm", "Throughput", "Loss", "Latency p50", "Latency p99", "Remark"],
        [...last].reverse(),
        (trial) => [
          trial.number,
          trial.purpose === "trial" ? trial.arm : `${trial.arm}, ${trial.purpose}`,
          rate(trial.throughputPps),
          loss(trial.lossRatio),
          latency(trial.p50Ns),
          latency(trial.p99Ns),
          trial.usable ? "" : "not used",
        ],
      ),
    ),
  ];
}
