/** A wait that can be given up. */
export interface TimeLimit {
  /** The wait is over: nothing more happens. */
  readonly stop: () => void;
}

/** In how many steps the time passes. */
const STEPS = 10;

/**
 * Calls `onTimeout` after `timeoutMs` of this process' own time. The time passes in ten steps, and however long one of them takes it counts as one: a machine
 * that stood still for a minute (a hypervisor that had other work, a laptop's lid) has kept nobody waiting, and its answers are read before the limit.
 */
export function timeLimit(timeoutMs: number, onTimeout: () => void): TimeLimit {
  let timer: NodeJS.Timeout;
  const step = (left: number): void => {
    timer = setTimeout(() => (left > 1 ? step(left - 1) : onTimeout()), timeoutMs / STEPS);
  };
  step(STEPS);
  return { stop: () => clearTimeout(timer) };
}
