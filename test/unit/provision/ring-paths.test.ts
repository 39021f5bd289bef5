import { describe, expect, it } from "vitest";
import { ringPathProblems } from "../../../src/provision/ring-paths.ts";
import type { NfInfo } from "../../../src/rpc/nf-control/messages.ts";
import { hostWith } from "../lab/hosts.ts";
import { chainText, labOf } from "../lab/make-lab.ts";

/** The middle NF of a chain with these rings. */
function forwarder(virtio: string) {
  const lab = labOf(chainText(3).replace("app: l2fwd", `app: l2fwd, virtio: ${virtio}`), hostWith(8));
  const [, nf] = lab.nfs;
  if (nf === undefined) throw new Error("no forwarder");
  return nf;
}

const info = (...paths: readonly (readonly [string, string] | undefined)[]): NfInfo => ({
  app: "l2fwd",
  version: "1",
  dpdk: "22.11",
  pid: 1,
  tscHz: 1,
  yield: false,
  threads: [],
  ports: paths.map((path, index) => ({
    index,
    driver: "virtio-user",
    mac: "",
    queueSize: 1024,
    queues: 1,
    mtu: 1500,
    ...(path && { rxPath: path[0], txPath: path[1] }),
  })),
});

describe("the way that the driver took through its rings", () => {
  it("is told where it is not the one asked for", () => {
    const plain = info(
      ["packed ring vectorized", "packed ring standard"],
      ["packed ring standard", "packed ring vectorized"],
    );
    expect(ringPathProblems(forwarder("{ ring: packed, vectorised: true }"), plain)).toEqual([
      'port 0 of NF fwd1 sends by the driver\'s path "packed ring standard"',
      'port 1 of NF fwd1 receives by the driver\'s path "packed ring standard"',
    ]);
    expect(ringPathProblems(forwarder("{ ring: split, vectorised: true }"), info(["inorder", "inorder"]))).toEqual([
      'port 0 of NF fwd1 receives by the driver\'s path "inorder"',
    ]);
  });

  it("is well where it is, where nothing was asked for, and where the driver told nothing", () => {
    expect(ringPathProblems(forwarder("{ ring: split, vectorised: true }"), info(["vectorized", "standard"]))).toEqual(
      [],
    );
    expect(
      ringPathProblems(forwarder("{ ring: packed }"), info(["packed ring standard", "packed ring standard"])),
    ).toEqual([]);
    expect(ringPathProblems(forwarder("{ ring: split, vectorised: true }"), info(undefined, undefined))).toEqual([]);
    expect(ringPathProblems(forwarder("{ ring: split, vectorised: true }"), undefined)).toEqual([]);
  });
});
