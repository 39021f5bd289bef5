import { afterAll, beforeAll, expect, test } from "vitest";
import type { Plan } from "../../../src/plan/plan.ts";
import { expectTraffic, setUpBed } from "../support/bed.ts";
import { containerIds } from "../support/command.ts";
import { told } from "../support/corebed.ts";
import { type SlowLink, slowLink } from "../support/slow-link.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { pair } from "../support/topology.ts";

const bed = setUpBed("remotelab");

let sshd: Sshd;
let link: SlowLink;

beforeAll(async () => {
  sshd = await startSshd();
  await sshd.makeKey("id_ed25519");
  // What goes there and back takes 20 ms, as between two cities.
  link = await slowLink(sshd.port, 20);
  await sshd.know(link.port);
});

afterAll(async () => {
  await link[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

/** Runs corebed with another home, on the host behind the slow link. */
async function onHost(...args: readonly string[]) {
  const before = link.roundTrips();
  const env = { HOME: sshd.home, SSH_AUTH_SOCK: "" };
  const finished = await bed.run([...args, "--host", `ssh://root@127.0.0.1:${link.port}`], { env });
  return { ...finished, roundTrips: link.roundTrips() - before };
}

test("a lab over a slow link: planned, made, measured, looked at and removed, with few round trips", async () => {
  const file = await bed.write("lab.yaml", pair("remotelab"));
  const planned = await onHost("plan", file, "--json");
  expect(planned.code, told(planned)).toBe(2);
  expect(JSON.parse(planned.stdout) as Plan & { host: string }).toMatchObject({
    lab: "remotelab",
    host: `ssh://root@127.0.0.1:${link.port}`,
  });

  const applied = await onHost("apply", file);
  expect(applied.code, told(applied)).toBe(0);
  expect(applied.stdout).toContain(`corebed destroy remotelab --host ssh://root@127.0.0.1:${link.port}`);
  expect((await containerIds("remotelab")).size).toBe(3);

  const again = await onHost("apply", file);
  expect(again.code, told(again)).toBe(0);
  expect(again.stdout).toContain("nothing to do");

  const out = `${bed.directory()}/result.json`;
  const run = await onHost("run", file, "--trials", "1", "--out", out);
  expect([0, 1], told(run)).toContain(run.code);
  expectTraffic(await bed.readResult(out));

  const status = await onHost("status", "remotelab");
  expect(status.stdout).toContain("Lab remotelab: up");
  const logs = await onHost("logs", "remotelab", "gen", "--tail", "1");
  expect(logs.code, told(logs)).toBe(0);
  const inside = await bed.run(
    ["exec", "remotelab", "gen", "--host", `ssh://root@127.0.0.1:${link.port}`, "--", "cat", "/etc/hostname"],
    { env: { HOME: sshd.home } },
  );
  expect(inside.stdout.trim(), told(inside)).toBe("gen");

  const destroyed = await onHost("destroy", "remotelab");
  expect(destroyed.code, told(destroyed)).toBe(0);
  await bed.expectNoTrace();
  process.stdout.write(
    `round trips: ${JSON.stringify({ plan: planned.roundTrips, apply: applied.roundTrips, again: again.roundTrips })}\n`,
  );
});
