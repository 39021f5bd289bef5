import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { Attendant } from "../../../src/remote/attendant.ts";
import { Connection } from "../../../src/remote/connection.ts";
import { again } from "../../../src/remote/remote-files.ts";
import { LocalClient } from "./local-client.ts";

function attendantWith(scriptTimeoutMs: number): Attendant {
  const client = new LocalClient();
  onTestFinished(() => client[Symbol.dispose]());
  const opened = { client: client.asClient, close: () => client.end() };
  return new Attendant(new Connection("rig", () => Promise.resolve(opened)), scriptTimeoutMs);
}

test("a script that hangs takes its own time only: the others are done by another shell", async () => {
  const attendant = attendantWith(1_000);
  const hanging = attendant.script("sleep 600", "hang");
  const behind = again(() => attendant.script("echo behind", "look"));
  const waiting = again(() => attendant.appears("/", { timeoutMs: 60_000 }));
  const never = attendant.appears("/never/there", { timeoutMs: 600_000 });
  never.catch(() => {});
  await expect(hanging).rejects.toMatchObject({ attempted: "hang", reason: "no answer within 1 s" });
  await expect(never).rejects.toMatchObject({ reason: "the connection was lost" });
  expect((await behind).output.toString()).toBe("behind\n");
  expect(await waiting).toBe(true);
  // The first shell's end, however late it comes, takes nothing from the second.
  await delay(100);
  expect((await attendant.script("echo after", "look")).output.toString()).toBe("after\n");
});

test("the time of a script begins when those before it are done", async () => {
  const attendant = attendantWith(2_500);
  const scripts = Array.from({ length: 4 }, (_, i) => attendant.script(`sleep 1; echo ${i}`, "look"));
  const outputs = await Promise.all(scripts);
  expect(outputs.map(({ output }) => output.toString())).toEqual(["0\n", "1\n", "2\n", "3\n"]);
});
