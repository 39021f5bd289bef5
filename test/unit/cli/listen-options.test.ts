import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { accessOf, requireLoopback } from "../../../src/cli/listen-options.ts";

const folder = mkdtempSync(join(tmpdir(), "corebed-listen-"));
afterAll(() => rmSync(folder, { recursive: true }));
const LOOPBACK = { host: "127.0.0.1", port: 9746 };
const OTHERS = { host: "0.0.0.0", port: 9746 };

function fileWith(text: string, mode = 0o600): string {
  const path = join(folder, `file-${Math.random()}`);
  writeFileSync(path, text, { mode });
  return path;
}

test("nothing is needed on loopback, and a token anywhere else", async () => {
  expect(await accessOf(LOOPBACK, {})).toEqual({ token: undefined, tls: undefined });
  await expect(accessOf(OTHERS, {})).rejects.toThrow(
    "error: others reach 0.0.0.0:9746, and all of them could read the labs' figures",
  );
  expect(() => requireLoopback(OTHERS)).toThrow("--metrics listens on loopback only");
  expect(() => requireLoopback(LOOPBACK)).not.toThrow();
});

test("a token is what the file holds, and who sends it in clear is told", async () => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const token = "0123456789abcdef";
  expect(await accessOf(OTHERS, { tokenFile: fileWith(`${token}\n`) })).toEqual({ token, tls: undefined });
  expect(String(written.mock.calls)).toContain("cross the network in clear text");
  written.mockClear();
  const pem = { tlsCert: fileWith("cert"), tlsKey: fileWith("key") };
  expect(await accessOf(OTHERS, { tokenFile: fileWith(token), ...pem })).toEqual({
    token,
    tls: { cert: "cert", key: "key" },
  });
  expect(written).not.toHaveBeenCalled();
  written.mockRestore();
});

test.each([
  ["short", 0o600, "must hold one word of at least 16"],
  ["0123456789abcdef two", 0o600, "must hold one word of at least 16"],
  ["", 0o600, "must hold one word of at least 16"],
  ["0123456789abcdef", 0o644, "everyone on this machine can read"],
])("a file that holds %j with mode %o is no token", async (text, mode, problem) => {
  await expect(accessOf(OTHERS, { tokenFile: fileWith(text, mode) })).rejects.toThrow(problem);
});

test("files that are not there, and half of a pair, are told", async () => {
  await expect(accessOf(LOOPBACK, { tokenFile: "/none" })).rejects.toThrow("error: /none: there is no such file");
  await expect(accessOf(LOOPBACK, { tlsCert: "/none" })).rejects.toThrow("--tls-cert and --tls-key go together");
});
