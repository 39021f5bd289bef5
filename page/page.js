import { mergePoints } from "./chart.js";
import { cpusSection } from "./cpus.js";
import { show } from "./dom.js";
import { rate, timeOfDay } from "./format.js";
import { labsSection } from "./labs.js";
import { runsSection } from "./runs.js";

/** Connects to the events of `corebed serve`, keeps the charts' points and shows what comes. */

/** No word for this long is a lost connection, whatever the browser thinks of it. */
const SILENCE_MS = 10_000;
/** The browser tries again by itself after a loss, but not after a refusal: a server that starts again, or too many pages. */
const RETRY_MS = 2_000;
/** A screen reader is told something at most this often. */
const ANNOUNCE_EVERY_MS = 10_000;

const at = (id) => document.getElementById(id);
let history = {};
let last;
let source;
let watchdog;
let retry;

function connect() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource("/events");
  source.addEventListener("start", (event) => remember(JSON.parse(event.data).history));
  source.addEventListener("state", (event) => receive(JSON.parse(event.data)));
  source.addEventListener("error", () => lost());
  listenFor();
}

function lost() {
  clearTimeout(watchdog);
  const since = last === undefined ? "" : ` These are the figures of ${timeOfDay(last.at)}.`;
  connection("lost", `Connection lost, trying again.${since}`);
  if (source?.readyState === EventSource.CLOSED) later();
  else listenFor();
}

function later() {
  clearTimeout(retry);
  retry = setTimeout(connect, RETRY_MS);
}

function listenFor() {
  clearTimeout(watchdog);
  watchdog = setTimeout(() => {
    source?.close();
    lost();
  }, SILENCE_MS);
}

function connection(state, text) {
  const element = at("connection");
  if (element.dataset.state !== state && state === "lost") announce("Connection lost, trying again.", true);
  if (element.dataset.state === "lost" && state === "live") announce("Connected again.", true);
  element.dataset.state = state;
  element.textContent = text;
}

/** A server that was started again knows nothing of before: what is here stays. */
function remember(points, now = Date.now()) {
  const keys = new Set([...Object.keys(history), ...Object.keys(points)]);
  const merged = [...keys].map((key) => [key, mergePoints(history[key] ?? [], points[key] ?? [], now)]);
  history = Object.fromEntries(merged.filter(([, all]) => all.length > 0));
}

function receive(state) {
  listenFor();
  const points = state.labs.flatMap((lab) =>
    lab.chains.map(({ name, receivedPps, droppedPps, p50Ns, p99Ns }) => [
      `${lab.name}/${name}`,
      [{ at: state.at, receivedPps, droppedPps, p50Ns, p99Ns }],
    ]),
  );
  remember(Object.fromEntries(points), state.at);
  connection("live", `Live, ${timeOfDay(state.at)}`);
  show(at("runs"), runsSection(state));
  show(at("cpus"), cpusSection(state));
  show(at("labs"), labsSection(state, history));
  document.title = titleOf(state);
  tellNews(last, state);
  last = state;
}

function titleOf({ runs, labs }) {
  const trial = runs[0]?.trial;
  if (trial !== undefined)
    return `Trial ${trial.number}${trial.total === undefined ? "" : `/${trial.total}`} - corebed`;
  return labs.length === 0 ? "corebed" : `${labs.map(({ name }) => name).join(", ")} - corebed`;
}

/** What somebody who does not see the page would want to be told: that a measurement began, got on or ended; no figures that move. */
function tellNews(before, state) {
  if (before === undefined) return;
  for (const run of state.finished) {
    if (before.finished.every(({ id }) => id !== run.id))
      announce(`${run.command} of ${run.topology} has ended.`, true);
  }
  for (const run of state.runs) {
    const earlier = before.runs.find(({ id }) => id === run.id);
    const trial = run.trials.at(-1);
    if (earlier === undefined) announce(`${run.command} of ${run.topology} has begun.`, true);
    else if (trial !== undefined && earlier.done < run.done) {
      announce(`Trial ${trial.number} of ${trial.arm}: ${rate(trial.throughputPps)}.`, false);
    }
  }
}

let announcedAt = Number.NEGATIVE_INFINITY;

function announce(text, always) {
  if (!always && performance.now() - announcedAt < ANNOUNCE_EVERY_MS) return;
  announcedAt = performance.now();
  at("announcer").textContent = text;
}

/** A page that nobody sees asks for nothing: each one that does has the labs read. */
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    connect();
    return;
  }
  clearTimeout(watchdog);
  clearTimeout(retry);
  source?.close();
  connection("paused", "Paused while out of sight");
});

connect();
