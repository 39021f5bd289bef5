import { describe, expect, test } from "vitest";
import { labResources } from "../../../src/lab/resources.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import { formatPlan } from "../../../src/report/plan-text.ts";
import { hostWith } from "./hosts.ts";
import { diagnosticsText, labOf } from "./make-lab.ts";

function fileWith(nf: string, datapath = "vhost-user"): string {
  return `name: own\ncores: { 0: switch, 1: gen, 2: mine }\nnfs:\n  gen: { app: pktgen }\n  mine: { image: acme/probe, ${nf} memory: 64MiB }\nchains: { main: [gen, mine] }\ndatapath: ${datapath}\n`;
}

const GREEDY = fileWith(
  'binds: ["/srv/captures:/captures", "/var/run/docker.sock:/engine"], capabilities: [CHOWN, NET_ADMIN],',
  "host",
);

function mineOf(text: string) {
  const resources = labResources(labOf(text, hostWith(4), { allowPrivileged: true }));
  const nf = resources.find(({ id }) => id === "nf:mine");
  if (nf?.kind !== "nf") throw new Error("no such NF");
  return { resources, spec: nf.spec };
}

describe("images of the user's own", () => {
  test("get nothing of the host that --allow-privileged did not allow, each told at its place", async () => {
    await expect(diagnosticsText(GREEDY, hostWith(4))).toMatchFileSnapshot("golden/privileges.txt");
  });

  test("get it once it was allowed", () => {
    expect(diagnosticsText(GREEDY, hostWith(4), { allowPrivileged: true })).toBe("\n");
    const { spec } = mineOf(GREEDY);
    expect(spec.capabilities).toEqual(["SYS_NICE", "IPC_LOCK", "NET_RAW", "NET_ADMIN", "CHOWN"]);
    expect(spec.binds).toEqual([
      { source: "/srv/captures", target: "/captures", writable: false },
      { source: "/var/run/docker.sock", target: "/engine", writable: false },
    ]);
  });

  test("need no leave to read files of the user's and for what Docker gives any container", () => {
    const modest = fileWith('binds: ["/srv/captures:/captures"], capabilities: [CHOWN],');
    expect(diagnosticsText(modest, hostWith(4))).toBe("\n");
  });

  test("need leave to write files: what root leaves there can make root of others", () => {
    const writing = fileWith('binds: ["/srv/captures:/captures:rw"],');
    expect(diagnosticsText(writing, hostWith(4))).toContain(
      "NF mine asks for /srv/captures, which it could write to as the host's root",
    );
  });

  test("never get SYS_ADMIN by the datapath, which built-in NFs need for AF_XDP", () => {
    const text = fileWith("", "af-xdp");
    expect(mineOf(text).spec.capabilities).toEqual(["SYS_NICE", "IPC_LOCK", "NET_RAW", "NET_ADMIN"]);
    expect(diagnosticsText(text, hostWith(4))).toBe("\n");
  });

  test("need leave for an interface of the host's own, and none for those that the lab makes", () => {
    const parents = hostWith(4);
    const named = `${fileWith("", "macvlan")}macvlan: { mode: bridge, parent: lan7 }\n`;
    expect(diagnosticsText(named, parents)).toContain("NF mine asks for the network that lan7 of the host is on");
    expect(diagnosticsText(named, parents, { allowPrivileged: true })).not.toContain("asks for");
    expect(diagnosticsText(fileWith("", "macvlan"), parents)).toBe("\n");
  });

  test("have all that they are given of the host shown in the plan", () => {
    const { resources } = mineOf(GREEDY);
    const text = formatPlan(makePlan("own", resources, []), undefined, { width: 80, color: false, unicode: false });
    expect(text).toContain(`  +   nf:mine: does not exist
        mounts /srv/captures on /captures, read-only
        mounts /var/run/docker.sock on /engine, read-only
        capabilities SYS_NICE, IPC_LOCK, NET_RAW, NET_ADMIN, CHOWN
        the host's own network
`);
    expect(text).toContain("  +   nf:gen: does not exist\n  +   nf:mine");
  });
});
