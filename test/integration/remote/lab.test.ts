import { afterAll, beforeAll, expect, test } from "vitest";
import type { Plan } from "../../../src/plan/plan.ts";
import { expectTraffic, setUpBed } from "../support/bed.ts";
import { containerIds } from "../support/command.ts";
import { told } from "../support/corebed.ts";
import { type SlowLink, slowLink } from "../support/slow-link.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { pair } from "../support/topology.ts";

/**
 * Of each command, one after another, login included, which takes eight: with half as many again as were counted on a machine at rest, for one that is slow is asked
 * a few times more whether something is there. At 20 ms each an apply of 65 takes 1.3 s longer than here, which is as long as it takes here.
 */
const MOST_ROUND_TRIPS = { plan: 24, apply: 65, again: 36, status: 24, destroy: 36 };

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
  link.takeRoundTrips();
  const env = { HOME: sshd.home, SSH_AUTH_SOCK: "" };
  const finished = await bed.run([...args, "--host", `ssh://root@127.0.0.1:${link.port}`], { env });
  return { ...finished, roundTrips: link.takeRoundTrips() };
}

test("a lab over a slow link: planned, made, measured, looked at and removed, with few round trips", async () => {
  const file = await bed.write("lab.yaml", pair("remotelab"));
  const startedAt = performance.now();
  await bed.expectExit(0, ["apply", file]);
  const localMs = performance.now() - startedAt;
  await bed.expectExit(0, ["destroy", "remotelab"]);

  const planned = await onHost("plan", file, "--json");
  expect(planned.code, told(planned)).toBe(2);
  expect(JSON.parse(planned.stdout) as Plan & { host: string }).toMatchObject({
    lab: "remotelab",
    host: `ssh://root@127.0.0.1:${link.port}`,
  });

  const appliedAt = performance.now();
  const applied = await onHost("apply", file);
  const remoteMs = performance.now() - appliedAt;
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

  // How long that took says little where others use the machine. How often somebody waited for the line does: each of these costs 20 ms.
  const commands = { plan: planned, apply: applied, again, status, destroy: destroyed };
  const trips = Object.fromEntries(Object.entries(commands).map(([name, { roundTrips }]) => [name, roundTrips]));
  process.stdout.write(
    `${JSON.stringify(trips)} round trips; apply took ${localMs.toFixed(0)} ms here, ${remoteMs.toFixed(0)} ms there\n`,
  );
  for (const [name, most] of Object.entries(MOST_ROUND_TRIPS)) {
    expect(trips[name], `round trips of ${name}, of ${JSON.stringify(trips)}`).toBeLessThanOrEqual(most);
  }
});
