import { expect, test } from "vitest";
import { takeTurns } from "../../../src/run/turns.ts";

const player = (name: string, times: number) => ({
  name,
  play: async (ask: (request: number) => Promise<string>) => {
    const answers: string[] = [];
    for (let i = 0; i < times; i++) answers.push(await ask(i));
    return answers;
  },
});

test("every round gives each who still asks one answer, in the round's order", async () => {
  const served: string[] = [];
  const outcomes = await takeTurns(
    [player("a", 3), player("b", 1), player("c", 2)],
    (round) => (round % 2 === 0 ? ["a", "b", "c"] : ["c", "b", "a"]),
    async (name, request) => {
      served.push(`${name}${request}`);
      return `${name}-${request}`;
    },
  );
  expect(served).toEqual(["a0", "b0", "c0", "c1", "a1", "a2"]);
  expect(outcomes).toEqual([["a-0", "a-1", "a-2"], ["b-0"], ["c-0", "c-1"]]);
});

test("who never asks does not hold up the others", async () => {
  const outcomes = await takeTurns(
    [player("a", 0), player("b", 2)],
    () => ["a", "b"],
    async () => "x",
  );
  expect(outcomes).toEqual([[], ["x", "x"]]);
});

test("a player that thinks across many ticks keeps its place", async () => {
  const served: string[] = [];
  const slow = {
    name: "slow",
    play: async (ask: (request: number) => Promise<string>) => {
      for (let i = 0; i < 2; i++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await ask(i);
      }
      return ["done"];
    },
  };
  await takeTurns(
    [slow, player("b", 2)],
    () => ["slow", "b"],
    async (name, request) => {
      served.push(`${name}${request}`);
      return "x";
    },
  );
  expect(served).toEqual(["slow0", "b0", "slow1", "b1"]);
});

test("a failure of the one who serves reaches the player, and the caller", async () => {
  const failing = takeTurns(
    [player("a", 2), player("b", 2)],
    () => ["a", "b"],
    async (name) => {
      if (name === "b") throw new Error("the lab is gone");
      return "x";
    },
  );
  await expect(failing).rejects.toThrow("the lab is gone");
});
