import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBind, sensitivity } from "../../../src/topology/binds.ts";

describe("what may be mounted without a word from whoever starts the file", () => {
  test.each(["/srv/captures", "/data", "/opt/nf", "/home/me/captures", "/mnt/disk/a", "/etcetera", "/usrlocal"])(
    "%s",
    (source) => expect(sensitivity({ source, target: "/x", writable: false })).toBeUndefined(),
  );

  test.each([
    "/",
    "/etc",
    "/etc/shadow",
    "/var",
    "/var/lib/docker",
    "/var/run/docker.sock",
    "/run/corebed",
    "/proc",
    "/sys/fs/cgroup",
    "/dev/mem",
    "/root/.ssh",
    "/home",
    "/home/me",
    "/home/me/.ssh",
    "/srv/.secrets/key",
  ])("not %s", (source) => expect(sensitivity({ source, target: "/x", writable: false })).toBeDefined());
});

test("a mount is read-only unless it says otherwise", () => {
  const value = { source: "/srv/a", target: "/a", writable: false };
  expect(readBind("/srv/a:/a")).toEqual({ ok: true, value });
  expect(readBind("/srv/a:/a:ro")).toEqual({ ok: true, value });
  expect(readBind("/srv/a:/a:rw")).toEqual({ ok: true, value: { ...value, writable: true } });
});

test("whatever is read has plain absolute paths, and never one onto the kernel's files or the lab's", () => {
  const part = fc.constantFrom("..", ".", "", "srv", "proc", "sys", "run", "corebed", "dev", "a", ",", "\n", ":", "/");
  const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join("/"));
  fc.assert(
    fc.property(text, text, fc.constantFrom("", ":ro", ":rw", ":z", ":rw,z"), (source, target, mode) => {
      const reading = readBind(`/${source}:/${target}${mode}`);
      if (!reading.ok) return;
      for (const path of [reading.value.source, reading.value.target]) {
        expect(path).toMatch(/^\/(?:[^/:,\p{Cc}]+(?:\/[^/:,\p{Cc}]+)*)?$/u);
        expect(path.split("/")).not.toContain("..");
      }
      expect(reading.value.target).not.toMatch(/^\/(?:proc|sys|dev|run\/corebed)(?:\/|$)|^\/(?:run)?$/);
    }),
  );
});
