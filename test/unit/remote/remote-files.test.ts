import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Host } from "../../../src/host/host.ts";
import { localFiles } from "../../../src/host/local-files.ts";
import { observeDirectories } from "../../../src/provision/directory.ts";
import type { Reader } from "../../../src/provision/driver.ts";
import { Attendant } from "../../../src/remote/attendant.ts";
import { Connection } from "../../../src/remote/connection.ts";
import { remoteFiles } from "../../../src/remote/remote-files.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";
import { LocalClient } from "./local-client.ts";

function overSsh(): Pick<Host, "list"> {
  const client = new LocalClient();
  onTestFinished(() => client[Symbol.dispose]());
  const connection = new Connection("rig", async () => ({ client: client.asClient, close: () => client.end() }));
  return remoteFiles(connection, new Attendant(connection));
}

describe.each([
  ["this machine", () => localFiles("local")],
  ["a machine over SSH", overSsh],
])("on %s", (_name, files) => {
  test("what is no directory is told apart from what is not there", async () => {
    const folder = temporaryDirectory("files");
    mkdirSync(join(folder, "empty"));
    writeFileSync(join(folder, "file"), "");
    symlinkSync(join(folder, "file"), join(folder, "link"));
    symlinkSync(join(folder, "none"), join(folder, "dangling"));
    const { list } = files();
    expect(await list(join(folder, "empty"))).toEqual([]);
    expect(await list(join(folder, "none"))).toBeUndefined();
    expect(await list(join(folder, "dangling"))).toBeUndefined();
    for (const name of ["file", "link"]) {
      const reader = { host: { list: () => list(join(folder, name)) } } as unknown as Reader;
      expect(await observeDirectories(reader, "x")).toMatchObject([{ problem: { text: "is no directory" } }]);
    }
  });
});
