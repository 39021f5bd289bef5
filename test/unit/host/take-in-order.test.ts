import { expect, test } from "vitest";
import { takeInOrder } from "../../../src/host/take-in-order.ts";

const HOSTS = ["ssh://rig2", "local", "ssh://rig1"].map((name) => ({ name }));

/** Takes what there is, with acts on record. */
function taker(done: string[], missing?: string) {
  return async ({ name }: { readonly name: string }) => {
    if (name === missing) throw new Error(`${name} is held`);
    done.push(`take ${name}`);
    return { name, [Symbol.asyncDispose]: async () => void done.push(`give back ${name}`) };
  };
}

test("hosts are taken by their names, in whatever order they are given, and given back the other way round", async () => {
  const done: string[] = [];
  {
    await using all = await takeInOrder(HOSTS, taker(done));
    expect(all.taken.map(({ name }) => name)).toEqual(["local", "ssh://rig1", "ssh://rig2"]);
    expect(HOSTS[0]?.name).toBe("ssh://rig2");
  }
  const names = ["local", "ssh://rig1", "ssh://rig2"];
  expect(done).toEqual([
    ...names.map((name) => `take ${name}`),
    ...names.toReversed().map((name) => `give back ${name}`),
  ]);
});

test("where one cannot be had the others are given back, and those after it are not asked", async () => {
  const done: string[] = [];
  await expect(takeInOrder(HOSTS, taker(done, "ssh://rig1"))).rejects.toThrow("ssh://rig1 is held");
  expect(done).toEqual(["take local", "give back local"]);
});
