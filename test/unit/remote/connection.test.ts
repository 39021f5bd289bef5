import { EventEmitter } from "node:events";
import type { Client } from "ssh2";
import { expect, test } from "vitest";
import { Connection } from "../../../src/remote/connection.ts";

const MINUTE_MS = 60_000;

/** A connection whose clients are of no use but to be lost, on a clock that is set by hand. */
function made() {
  const clients: EventEmitter[] = [];
  const closed: unknown[] = [];
  const clock = { ms: 0, fails: false };
  const open = async () => {
    if (clock.fails) throw new Error("no route");
    const client = new EventEmitter();
    clients.push(client);
    return { client: client as unknown as Client, close: () => void closed.push(client) };
  };
  const connection = new Connection("ssh://rig7", open, () => clock.ms);
  return { connection, clients, closed, clock, lose: () => clients.at(-1)?.emit("close") };
}

test("a connection that is lost is made once more, and a second loss soon after is the last", async () => {
  const { connection, clients, clock, lose } = made();
  const reopened: unknown[] = [];
  connection.onReopened = async (client) => void reopened.push(client);
  await connection.client();
  clock.ms = 100 * MINUTE_MS;
  lose();
  expect(await connection.client()).toBe(clients[1]);
  expect(reopened).toEqual([clients[1]]);
  clock.ms += 9 * MINUTE_MS;
  lose();
  await expect(connection.client()).rejects.toThrow(
    "ssh://rig7: go on: the connection was lost twice within 10 minutes",
  );
  expect(connection.losses).toBe(2);
});

test("one that has stood for ten minutes again is made once more after every loss", async () => {
  const { connection, clients, clock, lose } = made();
  await connection.client();
  for (let loss = 1; loss <= 5; loss += 1) {
    lose();
    expect(await connection.client()).toBe(clients[loss]);
    clock.ms += 10 * MINUTE_MS;
  }
});

test("after two losses in a row it is made again when ten minutes have passed", async () => {
  const { connection, clock, lose } = made();
  await connection.client();
  lose();
  await connection.client();
  clock.ms += MINUTE_MS;
  lose();
  await expect(connection.client()).rejects.toThrow("lost twice");
  clock.ms += 9 * MINUTE_MS;
  await connection.client();
});

test("a host that cannot be reached at first after a loss is tried again: nothing has been made anew yet", async () => {
  const { connection, clients, clock, lose } = made();
  await connection.client();
  lose();
  clock.fails = true;
  await expect(connection.client()).rejects.toThrow("no route");
  clock.fails = false;
  expect(await connection.client()).toBe(clients[1]);
});

test("what a lost connection went through is closed, and so is one whose locks somebody else has by now", async () => {
  const { connection, clients, closed, lose } = made();
  await connection.client();
  lose();
  expect(closed).toEqual([clients[0]]);
  connection.onReopened = () => Promise.reject(new Error("lab x is being changed"));
  await expect(connection.client()).rejects.toThrow("lab x is being changed");
  expect(closed).toEqual([clients[0], clients[1]]);
});

test("of commands that wait for others, each gets the place of one that ends, and no more run than may", async () => {
  const channels: EventEmitter[] = [];
  const exec = (_text: string, done: (error: undefined, channel: EventEmitter) => void): void => {
    const channel = new EventEmitter();
    channels.push(channel);
    done(undefined, channel);
  };
  const client = Object.assign(new EventEmitter(), { exec });
  const connection = new Connection("ssh://rig7", async () => ({
    client: client as unknown as Client,
    close: () => {},
  }));
  const all = Array.from({ length: 20 }, () => connection.command("true"));
  for (let ended = 0; ended < 13; ended += 1) {
    await expect.poll(() => channels.length).toBe(7 + ended);
    channels[ended]?.emit("close");
    // Asked for just then, it is the last in the queue.
    if (ended === 0) all.push(connection.command("true"));
  }
  await expect.poll(() => channels.length).toBe(20);
  channels[13]?.emit("close");
  await Promise.all(all);
  expect(channels.length).toBe(21);
});
