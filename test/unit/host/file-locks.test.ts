import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isLocked } from "../../../src/host/lock.ts";
import { isFlocked, lockPlace } from "../../../src/host/parse/file-locks.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";

const FDINFO = "pos:\t0\nflags:\t0100000\nmnt_id:\t73\nino:\t2042\n";
const MOUNTINFO = `7 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
73 7 0:24 / /run rw,nosuid - tmpfs tmpfs rw
731 7 259:16 / /data rw - ext4 /dev/nvme0n1p1 rw
`;

describe("a file's place, as the kernel's list of locks has it", () => {
  test("has the device of its mount and its inode, in hexadecimal and decimal", () => {
    expect(lockPlace(FDINFO, MOUNTINFO)).toBe("00:18:2042");
    expect(lockPlace(FDINFO.replace("73", "731"), MOUNTINFO)).toBe("103:10:2042");
    expect(lockPlace(FDINFO.replace("73", "5"), MOUNTINFO)).toBeUndefined();
  });

  test("a file on another device that happens to have the same inode is another file", () => {
    expect(isFlocked("1: FLOCK  ADVISORY  WRITE 830 00:18:2042 0 EOF\n", "00:18:2042")).toBe(true);
    for (const line of [
      "1: FLOCK  ADVISORY  WRITE 830 08:01:2042 0 EOF",
      "1: FLOCK  ADVISORY  WRITE 830 00:18:20421 0 EOF",
      "1: POSIX  ADVISORY  WRITE 830 00:18:2042 0 EOF",
      "1: -> FLOCK  ADVISORY  WRITE 830 00:18:2042 0 EOF",
    ]) {
      expect(isFlocked(`${line}\n`, "00:18:2042"), line).toBe(false);
    }
  });
});

test("a file that another process has locked is seen as locked, until that one ends", async () => {
  const path = join(temporaryDirectory("flock"), "lab one");
  expect(await isLocked(path)).toBe(false);
  writeFileSync(path, "");
  expect(await isLocked(path)).toBe(false);
  const holder = spawn("flock", ["--no-fork", path, "sh", "-c", "echo held; exec sleep 60"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    await once(holder.stdout, "data");
    expect(await isLocked(path)).toBe(true);
  } finally {
    holder.kill("SIGKILL");
  }
  await expect.poll(() => isLocked(path)).toBe(false);
});
