import { expect, test } from "vitest";
import { HostError, LOST } from "../../../src/host/host.ts";
import type { Lab } from "../../../src/lab/lab.ts";
import { RpcError } from "../../../src/rpc/rpc-error.ts";
import type { TellWhy } from "../../../src/run/failure.ts";
import type { Ground } from "../../../src/run/ground.ts";
import type { DrivenLab } from "../../../src/run/live.ts";
import { RealBed } from "../../../src/run/real-bed.ts";
import type { TrialRequest } from "../../../src/run/test-bed.ts";

const LAB = { name: "l", nfs: [], chains: [], traffic: { warmupMs: 0, direction: "one" } } as unknown as Lab;
const REQUEST = { signal: new AbortController().signal, durationMs: 1 } as unknown as TrialRequest;
const CLOSED = new RpcError({ kind: "closed", method: "start", peer: "NF sink", detail: "the connection is closed" });

/** A bed of a lab whose counter never answers, and on record what it did; `tellWhy` says why, of each connection to the lab in turn. */
function bedWhere(...tellWhy: readonly TellWhy[]) {
  const done: string[] = [];
  const start = async (): Promise<never> => {
    done.push("start");
    throw CLOSED;
  };
  const nfs = [{ app: "stats", nf: { name: "sink", ports: [] }, control: { start } }];
  const driven = { lab: LAB, hosts: [], nfs, [Symbol.asyncDispose]: async () => {} } as unknown as DrivenLab;
  let watches = 0;
  const ground = {
    signal: REQUEST.signal,
    readers: [],
    present: async () => [],
    bringUp: async () => driven,
    reconnect: async () => {
      done.push("reconnect");
      return { ...driven, nfs: driven.nfs.map((nf) => ({ ...nf, control: { start, stop: async () => {} } })) };
    },
    watch: () => {
      watches += 1;
      return tellWhy[watches - 1] ?? (async (error: unknown) => error);
    },
  } as unknown as Ground;
  const onLab = (what: string): void => void done.push(what);
  return { done, bed: new RealBed({ ground, emit: () => {}, onLab, labs: [LAB] }) };
}

const lostTo = (host: string): TellWhy => {
  return async (cause) => new HostError(host, "drive a trial", LOST, { cause });
};

test("an NF that died ends the trial with what became of it, over SSH as on this machine", async () => {
  const died = new Error("its container was killed (SIGKILL)");
  const { bed, done } = bedWhere(async (error) => (error === CLOSED ? died : error));
  await expect(bed.drive(LAB, REQUEST)).rejects.toBe(died);
  expect(done).toEqual(["bring-up", "start"]);
});

test("a trial whose connection was lost is driven once more on new ones", async () => {
  const { bed, done } = bedWhere(lostTo("ssh://b"), async () => new Error("another"));
  await expect(bed.drive(LAB, REQUEST)).rejects.toThrow("another");
  expect(done).toEqual(["bring-up", "start", "cut", "reconnect", "start"]);
});

test("a second loss ends the measurement, and names the host that was lost then", async () => {
  const { bed, done } = bedWhere(lostTo("ssh://b"), lostTo("ssh://a"));
  await expect(bed.drive(LAB, REQUEST)).rejects.toThrow("ssh://a: drive a trial: the connection was lost");
  await expect(bed.drive(LAB, REQUEST)).rejects.toThrow("ssh://a: drive a trial: the connection was lost");
  expect(done.filter((what) => what === "cut")).toEqual(["cut"]);
});
