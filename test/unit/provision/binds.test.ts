import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { localHost } from "../../../src/host/local-host.ts";
import { mounts } from "../../../src/provision/binds.ts";

const folder = mkdtempSync(join(tmpdir(), "corebed-binds-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "data"));
mkdirSync(join(folder, "data", "inner"));
symlinkSync("/etc", join(folder, "data", "link"));

async function mount(source: string, writable = false) {
  return await mounts(localHost(), "mine", [{ source, target: "/data", writable }]);
}

test("a place is mounted as the file says, and nothing that is mounted below it later spreads", async () => {
  const mounted = { Type: "bind", Target: "/data", BindOptions: { Propagation: "rprivate" } };
  expect(await mount(join(folder, "data"))).toEqual([{ ...mounted, Source: join(folder, "data"), ReadOnly: true }]);
  expect(await mount(join(folder, "data", "inner"), true)).toMatchObject([{ ReadOnly: false }]);
});

test("a symbolic link is not followed, be it the place itself or on the way there", async () => {
  await expect(mount(join(folder, "data", "link"))).rejects.toThrow("that leads over a symbolic link to /etc; write");
  await expect(mount(join(folder, "data", "link", "ssl"))).rejects.toThrow("over a symbolic link to /etc/ssl");
});

test("a place that is not there is told, and not made", async () => {
  await expect(mount(join(folder, "none"))).rejects.toThrow(`mount ${folder}/none in NF mine: there is no such file`);
});
