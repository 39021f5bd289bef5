import { expect, test } from "vitest";
import { HostError } from "../../../src/host/host.ts";
import { observeDirectories } from "../../../src/provision/directory.ts";
import type { Reader } from "../../../src/provision/driver.ts";

function readerWhere(list: () => Promise<readonly string[] | undefined>): Reader {
  return { host: { list } } as unknown as Reader;
}

test("a file in place of a lab's directory is the lab's, and wrong", async () => {
  const cause = Object.assign(new Error("not a directory"), { code: "ENOTDIR" });
  const reader = readerWhere(() => Promise.reject(new HostError("local", "list", "no directory", { cause })));
  expect(await observeDirectories(reader, "x")).toMatchObject([
    {
      id: "directory:(lab)",
      spec: { path: "/run/corebed/x" },
      problem: { text: "is no directory", repairable: false },
    },
  ]);
});

test("what cannot be listed for another reason is an error", async () => {
  const denied = new HostError("local", "list", "permission denied");
  await expect(
    observeDirectories(
      readerWhere(() => Promise.reject(denied)),
      "x",
    ),
  ).rejects.toBe(denied);
});
