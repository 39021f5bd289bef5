/** One who asks for things one after another until it has come to an outcome. */
export interface Player<Request, Answer, Outcome> {
  readonly name: string;
  readonly play: (ask: (request: Request) => Promise<Answer>) => Promise<Outcome>;
}

/** What a player waits for. */
interface Wait<Request, Answer> {
  readonly request: Request;
  readonly answer: (answer: Answer) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Lets several players ask in turns: in every round each that has not finished gets one answer, in the order that `orderOfRound` gives. So searches that take
 * different numbers of trials are interleaved as plain repeats are, and a slow drift of the machine falls on all alike.
 *
 * @returns each player's outcome, in the order of the players; rejects with the first failure of any player or of `serve`
 */
export async function takeTurns<Request, Answer, Outcome>(
  players: readonly Player<Request, Answer, Outcome>[],
  orderOfRound: (round: number) => readonly string[],
  serve: (name: string, request: Request) => Promise<Answer>,
): Promise<readonly Outcome[]> {
  const waiting = new Map<string, Wait<Request, Answer>>();
  const running = new Set(players.map(({ name }) => name));
  let wake = Promise.withResolvers<void>();
  const outcomes = players.map(async ({ name, play }) => {
    try {
      return await play(
        (request) =>
          new Promise<Answer>((answer, fail) => {
            waiting.set(name, { request, answer, fail });
            wake.resolve();
          }),
      );
    } finally {
      running.delete(name);
      wake.resolve();
    }
  });
  const all = Promise.all(outcomes);
  // Observed below; until then a failure must not count as unhandled.
  all.catch(() => undefined);
  for (let round = 0; running.size > 0; round++) {
    for (const name of orderOfRound(round)) {
      while (running.has(name) && !waiting.has(name)) {
        wake = Promise.withResolvers<void>();
        await wake.promise;
      }
      const wait = waiting.get(name);
      if (wait === undefined) continue;
      waiting.delete(name);
      try {
        wait.answer(await serve(name, wait.request));
      } catch (error) {
        wait.fail(error);
        throw error;
      }
      // The player thinks before it asks again or ends.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return await all;
}
