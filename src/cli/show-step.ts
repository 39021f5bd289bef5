import type { SetupEvent } from "../setup/fix.ts";
import { note } from "./terminal.ts";

/** One line for a step of making a host ready; steps that seldom take long are told only when they end. */
export function showStep({ step, state, detail, elapsedMs }: SetupEvent): void {
  const took = elapsedMs !== undefined && elapsedMs >= 1_000 ? ` (${(elapsedMs / 1000).toFixed(0)} s)` : "";
  if (state === "start" && (step === "docker" || step === "huge-pages")) return;
  note(`  ${step.padEnd(12)}  ${detail}${took}`);
}
