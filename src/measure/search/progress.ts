/** Where a method is. Emitted after each trial. */
export interface MethodProgress {
  /** Trials that ran so far. */
  readonly trials: number;
  /** Sum of their effective durations. */
  readonly trialTimeMs: number;
  /** Estimate of the trials still to come: exact where the method's plan is fixed, for a search what it takes if nothing surprises. */
  readonly trialsLeft: number;
  /** Estimate of their durations as they will be asked for. */
  readonly timeLeftMs: number;
  /** What a search knows of each goal so far, by the strictest trials it has there; empty for other methods. */
  readonly intervals: readonly GoalProgress[];
}

export interface GoalProgress {
  readonly goal: string;
  readonly lowerPps: number | undefined;
  readonly upperPps: number | undefined;
  readonly finished: boolean;
}

export interface MethodOptions {
  readonly onProgress?: (progress: MethodProgress) => void;
}
