import { expect, test } from "vitest";
import { becomeRoot } from "../../../src/setup/root.ts";

const user = {
  uid: 1000,
  sudoInstalled: true,
  interactive: true,
  startedAgain: false,
  starter: "corebed/starter/7",
  command: ["/usr/bin/node", "bin/corebed", "doctor", "--fix"],
};

test("root goes on", () => {
  expect(becomeRoot({ ...user, uid: 0 })).toEqual({ kind: "go" });
});

test("a user with sudo starts again, and is asked only on a terminal", () => {
  expect(becomeRoot(user)).toMatchObject({
    kind: "again",
    argv: ["sudo", "env", "COREBED_STARTED_AGAIN=corebed/starter/7", ...user.command],
  });
  expect(becomeRoot({ ...user, interactive: false })).toMatchObject({ argv: expect.arrayContaining(["-n"]) });
});

test.each([
  ["without sudo", { sudoInstalled: false }],
  ["when sudo did not help", { startedAgain: true }],
])("refuses %s", (_name, change) => {
  expect(becomeRoot({ ...user, ...change })).toEqual({
    kind: "refuse",
    reason: "this command changes the host: run it as root or with sudo",
  });
});
