import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../../src/topology/host-address.ts";

test.each([
  ["ssh://lab@rig7:2222", { user: "lab", host: "rig7", port: 2222 }],
  ["ssh://rig7", { user: undefined, host: "rig7", port: undefined }],
  ["ssh://root@[2001:db8::7]:22", { user: "root", host: "2001:db8::7", port: 22 }],
  ["ssh://lab@rig7.example.org/", { user: "lab", host: "rig7.example.org", port: undefined }],
])("%s", (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});

test.each([
  ["rig7", "no address of a host: give it as ssh://user@host or ssh://user@host:port"],
  ["ssh://", "the host is missing: give it as ssh://user@host or ssh://user@host:port"],
  ["ssh://lab@rig7/var/lib", "an address of a host has no path: give it as ssh://user@host or ssh://user@host:port"],
  ["ssh://lab:secret@rig7", "a password does not belong in an address: use an agent or a key file"],
  ["ssh://lab@rig7:70000", 'a port is a number from 1 to 65535, not "70000"'],
  ["ssh://-oProxyCommand=x", "no name of a host: -oProxyCommand=x"],
  ["ssh://la b@rig7", "no name of a user: la b"],
])("%s is refused", (text, why) => {
  expect(parseAddress(text)).toBe(why);
});

test("what is printed is read back", () => {
  const address = fc.record({
    user: fc.option(fc.stringMatching(/^[a-z_][a-z0-9_-]{0,8}$/), { nil: undefined }),
    host: fc.oneof(fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/), fc.ipV6()),
    port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(address, (value) => {
      expect(parseAddress(formatAddress(value))).toEqual(value);
    }),
  );
});

test("any text is an address or a reason", () => {
  fc.assert(
    fc.property(fc.string(), (rest) => {
      const parsed = parseAddress(`ssh://${rest}`);
      if (typeof parsed !== "string") expect(parsed.host).toMatch(/^[A-Za-z0-9_.:%-]+$/);
    }),
  );
});
