import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  dockerName,
  hopSubnet,
  interfaceName,
  labDirectory,
  macOfIpv4,
  switchPortName,
} from "../../../src/lab/names.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { CARRIERS } from "../../../src/topology/topology.ts";
import { chainText, labOf } from "./make-lab.ts";

/** What the topology allows: 24 lower-case letters, digits and dashes. */
const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,23}$/);

describe("interface and port names", () => {
  test("fit into the 15 characters that Linux has for them", () => {
    fc.assert(
      fc.property(name, name, fc.constantFrom("a", "b", "n"), (lab, thing, end) => {
        expect(interfaceName(lab, thing, end as "a")).toMatch(/^cb[0-9a-f]{8}[abn]$/);
      }),
    );
    fc.assert(
      fc.property(name, fc.nat({ max: 1 }), (nf, port) => {
        const found = switchPortName(nf, port);
        expect(found.length).toBeLessThanOrEqual(15);
        expect(found).toMatch(new RegExp(`^[a-z0-9][a-z0-9-]*-p${port}$`));
      }),
    );
  });

  test("are those of the NF where there is room", () => {
    expect(switchPortName("gen", 0)).toBe("gen-p0");
    expect(switchPortName("twelve-chars", 1)).toBe("twelve-chars-p1");
    expect(switchPortName("thirteen-char", 1)).not.toContain("thirteen");
  });

  test("stay apart for a thousand NFs whose long names begin alike", () => {
    const nfs = Array.from({ length: 5000 }, (_, i) => `forwarding-element-${i}`);
    expect(new Set(nfs.map((nf) => switchPortName(nf, 0))).size).toBe(nfs.length);
  });

  test("of two labs differ, although both call their things alike", () => {
    expect(interfaceName("one", "main-0", "a")).not.toBe(interfaceName("two", "main-0", "a"));
  });
});

test("no directory of a lab is outside of where labs are", () => {
  const lab = fc.oneof(fc.string(), fc.constantFrom("", ".", "..", "../home", "a/b", "A", "-a"));
  fc.assert(
    fc.property(lab, (name) => {
      if (/^[a-z0-9][a-z0-9-]*$/.test(name)) expect(labDirectory(name)).toBe(`/run/corebed/${name}`);
      else expect(() => labDirectory(name)).toThrow("cannot be the name of a lab");
    }),
  );
});

test("Docker's names of different labs never meet", () => {
  expect(dockerName("a-b", "c")).not.toBe(dockerName("a", "b-c"));
  fc.assert(
    fc.property(name, name, name, name, (labA, a, labB, b) => {
      expect(dockerName(labA, a) === dockerName(labB, b)).toBe(labA === labB && a === b);
    }),
  );
});

describe("addresses of hops", () => {
  test("are all in 198.18.0.0/15, in subnets that share nothing within a lab", () => {
    fc.assert(
      fc.property(name, fc.integer({ min: 1, max: 200 }), (lab, hops) => {
        const subnets = Array.from({ length: hops }, (_, hop) => hopSubnet(lab, hop));
        const addresses = subnets.flatMap(({ cidr, host }) => {
          const [base = "", bits] = cidr.split("/");
          expect(bits).toBe("28");
          expect(numberOf(base) % 16).toBe(0);
          const own = Array.from({ length: 16 }, (_, n) => numberOf(host(n)));
          expect(own[0]).toBe(numberOf(base));
          expect(own.at(-1)).toBe(numberOf(base) + 15);
          return own;
        });
        expect(new Set(addresses).size).toBe(hops * 16);
        expect(Math.min(...addresses)).toBeGreaterThanOrEqual(numberOf("198.18.0.0"));
        expect(Math.max(...addresses)).toBeLessThanOrEqual(numberOf("198.19.255.255"));
      }),
    );
  });

  test("go on at the start of the range where they reach its end", () => {
    const atEnd = Array.from({ length: 5000 }, (_, i) => `lab${i}`).find((lab) =>
      hopSubnet(lab, 0).cidr.startsWith("198.19.255."),
    );
    const subnets = Array.from({ length: 20 }, (_, hop) => hopSubnet(atEnd ?? "", hop).cidr);
    expect(new Set(subnets).size).toBe(20);
    expect(new Set(subnets.map((cidr) => cidr.split(".").slice(0, 3).join(".")))).toEqual(
      new Set(["198.19.255", "198.18.0"]),
    );
  });

  test("are different ones for most pairs of labs", () => {
    const first = Array.from({ length: 100 }, (_, i) => hopSubnet(`lab${i}`, 0).cidr);
    expect(new Set(first).size).toBeGreaterThan(95);
  });

  test("give the MAC that Docker derives from them", () => {
    expect(macOfIpv4("198.18.4.255")).toBe("02:42:c6:12:04:ff");
  });
});

describe("with the longest names that a topology can have", () => {
  const LONGEST = "x".repeat(24);
  const text = chainText(3, { name: LONGEST }).replaceAll("fwd1", "f".repeat(24)).replaceAll("main", "c".repeat(24));

  test.each(CARRIERS)("every socket path, interface and port name on %s fits", (datapath) => {
    const lab = labOf(text, undefined, { datapath });
    const sockets = [
      ...lab.nfs.flatMap((nf) => [nf.controlSocket ?? "", ...nf.ports.map((port) => port.socket ?? "")]),
      ...["db.sock", "br0.mgmt", "ovs-vswitchd.4194304.ctl"].map((file) => `${labDirectory(lab.name)}/switch/${file}`),
    ];
    expect(Math.max(...sockets.map((path) => path.length))).toBeLessThanOrEqual(107);
    const interfaces = [
      ...lab.hops.flatMap((hop) => hop.veth ?? []),
      ...(lab.switch?.ports ?? []).map((port) => port.name),
    ];
    expect(interfaces.filter((found) => found.length > 15)).toEqual([]);
  });
});

test("an NF may be called lab, main or br0 without taking the place of something else", () => {
  const text = chainText(5).replaceAll("fwd1", "lab").replaceAll("fwd2", "br0").replaceAll("fwd3", "main-0");
  for (const datapath of CARRIERS) {
    const ids = labResources(labOf(text, undefined, { datapath })).map((resource) => resource.id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  }
});

function numberOf(ipv4: string): number {
  return ipv4.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}
