import { note } from "../terminal.ts";

/** What `corebed ci` does, in this order. */
export const STAGES = ["validate", "wait", "doctor", "measure", "destroy", "report"] as const;
export type StageName = (typeof STAGES)[number];

/** How a stage went. */
export interface Stage {
  readonly name: StageName;
  readonly state: "ok" | "failed";
  readonly seconds: number;
}

/** Keeps the record of the stages, and tells where it is. */
export class Stages {
  readonly #done: Stage[] = [];

  get done(): readonly Stage[] {
    return this.#done;
  }

  /** The first that failed. */
  get failed(): StageName | undefined {
    return this.#done.find(({ state }) => state === "failed")?.name;
  }

  /** Does a stage and passes on what it gives or throws. */
  async run<T>(name: StageName, action: () => Promise<T>): Promise<T> {
    note(`[${name}]`);
    const begun = performance.now();
    const end = (state: Stage["state"]): void => {
      this.#done.push({ name, state, seconds: Math.round(performance.now() - begun) / 1_000 });
    };
    try {
      const value = await action();
      end("ok");
      return value;
    } catch (error) {
      end("failed");
      throw error;
    }
  }
}
