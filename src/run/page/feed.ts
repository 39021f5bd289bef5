import { extendHistory, type History } from "./history.ts";
import type { FinishedRun, PageState } from "./page-state.ts";
import type { RunProgress } from "./run-progress.ts";
import { pageState, type TimedReading } from "./to-state.ts";

/** From one reading to the next. */
const EVERY_MS = 1_000;
/** After a gap this long an earlier reading says nothing about now. */
const STALE_MS = 5_000;
const FINISHED_KEPT = 5;

/** What a listener is told first: the charts so far. */
export interface FeedStart {
  readonly history: History;
}

export interface FeedListener {
  readonly start: (start: FeedStart) => void;
  readonly state: (state: PageState) => void;
}

/** What the feed reads, and its only clock. */
export interface FeedSources {
  readonly labs: () => Promise<TimedReading>;
  readonly progress: () => Promise<readonly RunProgress[]>;
  readonly finished: (progress: RunProgress) => Promise<FinishedRun>;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Told of an error in corebed itself; the feed goes on. */
  readonly onBug: (error: unknown) => void;
}

/** One loop that reads for all who listen, once a second, and for nobody at all when nobody does. */
export class Feed {
  readonly #sources: FeedSources;
  readonly #listeners = new Set<FeedListener>();
  #loop: Promise<void> | undefined;
  #history: History = {};
  #last: TimedReading | undefined;
  #state: PageState | undefined;
  #runs: readonly RunProgress[] = [];
  #finished: readonly FinishedRun[] = [];

  constructor(sources: FeedSources) {
    this.#sources = sources;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Tells the listener how things stand and all that follows; the return value ends that. */
  subscribe(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    listener.start({ history: this.#history });
    if (this.#loop !== undefined && this.#state !== undefined) listener.state(this.#state);
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
    });
    return () => this.#listeners.delete(listener);
  }

  async #run(): Promise<void> {
    while (this.#listeners.size > 0) {
      const begun = performance.now();
      try {
        const state = await this.#read();
        this.#state = state;
        this.#history = extendHistory(this.#history, state);
        for (const listener of this.#listeners) listener.state(state);
      } catch (error) {
        this.#sources.onBug(error);
      }
      await this.#sources.pause(Math.max(EVERY_MS / 10, EVERY_MS - (performance.now() - begun)));
    }
    this.#state = undefined;
  }

  async #read(): Promise<PageState> {
    const [now, runs] = await Promise.all([this.#sources.labs(), this.#sources.progress()]);
    const before = this.#last !== undefined && now.steadyMs - this.#last.steadyMs < STALE_MS ? this.#last : undefined;
    const ended = this.#runs.filter(({ pid }) => runs.every((run) => run.pid !== pid));
    const finished = await Promise.all(ended.map((run) => this.#sources.finished(run)));
    this.#last = now;
    this.#runs = runs;
    this.#finished = [...finished, ...this.#finished].slice(0, FINISHED_KEPT);
    return pageState(before, now, runs, this.#finished);
  }
}
