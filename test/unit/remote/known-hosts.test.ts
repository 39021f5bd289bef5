import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { changedKeyText, revokedKeyText, unknownKeyText } from "../../../src/remote/host-key-words.ts";
import {
  checkHostKey,
  fingerprint,
  keyTypeOf,
  knownHostsLine,
  recordedKeyTypes,
  recordedName,
} from "../../../src/remote/known-hosts.ts";

/** A public key as it travels: its type and its bytes, each with its length. */
function key(type: string, content: string): Buffer {
  const part = (text: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(text));
    return Buffer.concat([length, Buffer.from(text)]);
  };
  return Buffer.concat([part(type), part(content)]);
}

const ED = key("ssh-ed25519", "one");
const OTHER_ED = key("ssh-ed25519", "two");
const RSA = key("ssh-rsa", "three");
const base64 = (of: Buffer): string => of.toString("base64");
const file = (text: string) => [{ path: "/home/me/.ssh/known_hosts", text }];

test("a key on record is known, by name, pattern, port or hash", () => {
  const salt = Buffer.from("salt of twenty bytes");
  const hash = createHmac("sha1", salt).update("[rig7]:2222").digest("base64");
  for (const names of ["rig7", "other,rig7", "rig?", "*,!rig8", "RIG7"]) {
    expect(checkHostKey(file(`${names} ssh-ed25519 ${base64(ED)} me@home`), "rig7", ED), names).toEqual({
      kind: "known",
    });
  }
  const hashed = file(`# comment\n|1|${base64(salt)}|${hash} ssh-ed25519 ${base64(ED)}`);
  expect(checkHostKey(hashed, recordedName("Rig7", 2222), ED)).toEqual({ kind: "known" });
  expect(checkHostKey(hashed, recordedName("rig7", 22), ED).kind).toBe("unknown");
  expect(checkHostKey(file(`*,!rig7 ssh-ed25519 ${base64(ED)}`), "rig7", ED).kind).toBe("unknown");
});

test("another key of a host that is on record has changed, and its line is named", () => {
  const records = file(
    `rig8 ssh-ed25519 ${base64(OTHER_ED)}\nrig7 ssh-rsa ${base64(RSA)}\nrig7 ssh-ed25519 ${base64(ED)}\n`,
  );
  expect(checkHostKey(records, "rig7", RSA).kind).toBe("known");
  expect(checkHostKey(records, "rig7", OTHER_ED)).toMatchObject({ kind: "changed", offending: { line: 3 } });
  expect(recordedKeyTypes(records, "rig7")).toEqual(["ssh-rsa", "ssh-ed25519"]);
  // A man in the middle would choose a type that is not on record.
  const onlyRsa = file(`rig7 ssh-rsa ${base64(RSA)}`);
  expect(checkHostKey(onlyRsa, "rig7", ED)).toMatchObject({ kind: "changed", offending: { keyType: "ssh-rsa" } });
});

test("a revoked key is never trusted, and an authority of certificates says nothing", () => {
  const records = file(`@revoked * ssh-ed25519 ${base64(ED)}\nrig7 ssh-ed25519 ${base64(ED)}`);
  expect(checkHostKey(records, "rig7", ED).kind).toBe("revoked");
  expect(checkHostKey(file(`@cert-authority * ssh-ed25519 ${base64(ED)}`), "rig7", ED).kind).toBe("unknown");
});

test("a key known under other names says so", () => {
  const verdict = checkHostKey(file(`rig8 ssh-ed25519 ${base64(ED)}`), "rig7", ED);
  expect(verdict).toMatchObject({ kind: "unknown", otherNames: [{ line: 1 }] });
});

test("what is added is known afterwards, to corebed and to ssh-keygen", () => {
  const directory = mkdtempSync(join(tmpdir(), "corebed-known-"));
  try {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(directory, "key")]);
    const real = Buffer.from(readFileSync(join(directory, "key.pub"), "utf8").split(" ")[1] ?? "", "base64");
    const name = recordedName("rig7", 2222);
    const path = join(directory, "known_hosts");
    writeFileSync(path, `${knownHostsLine(name, real)}\n`);
    const print = execFileSync("ssh-keygen", ["-l", "-F", name, "-f", path], { encoding: "utf8" });
    expect(print).toContain(fingerprint(real));
    execFileSync("ssh-keygen", ["-q", "-H", "-f", path], { stdio: "ignore" });
    expect(readFileSync(path, "utf8")).toMatch(/^\|1\|/);
    expect(checkHostKey([{ path, text: readFileSync(path, "utf8") }], name, real)).toEqual({ kind: "known" });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("nothing in a file makes a stranger known", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(["unknown", "changed", "revoked"]).toContain(checkHostKey(file(text), "rig7", ED).kind);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(keyTypeOf(bytes).length).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

test("the words are ssh's", () => {
  const place = { path: "/home/me/.ssh/known_hosts", line: 3, keyType: "ssh-ed25519" };
  expect(
    unknownKeyText("rig7", "192.0.2.7", ED, []),
  ).toBe(`The authenticity of host 'rig7 (192.0.2.7)' can't be established.
ED25519 key fingerprint is ${fingerprint(ED)}.
This key is not known by any other names.`);
  expect(changedKeyText("rig7", OTHER_ED, place)).toBe(`@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
${fingerprint(OTHER_ED)}.
Please contact your system administrator.
Add correct host key in /home/me/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /home/me/.ssh/known_hosts:3
Host key for rig7 has changed and you have requested strict checking.
Host key verification failed.`);
  expect(revokedKeyText("rig7", RSA).split("\n")[1]).toBe(
    "@       WARNING: REVOKED HOST KEY DETECTED!               @",
  );
});
