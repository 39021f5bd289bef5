import { describe, expect, it } from "vitest";
import { foundLabs } from "../../../../src/run/exporter/found-lab.ts";
import { nfContainer, port } from "./made-up.ts";

const MIDDLE = [port("in"), port("out", { index: 1 })];
const SHORT = { main: ["gen", "sink"] };
const LONG = { main: ["gen", "fwd", "sink"] };
const gen = nfContainer("a", { nf: "gen", app: "pktgen", paths: SHORT, made: 10 });
const sink = nfContainer("a", { nf: "sink", app: "stats", paths: SHORT, made: 10 });

/** `NF direction hop` of all ports of the lab. */
function hops(containers: readonly ReturnType<typeof nfContainer>[]): readonly string[] {
  const [lab] = foundLabs(containers);
  return (lab?.nfs ?? []).flatMap(({ spec }) =>
    spec.ports.map(({ direction, hop }) => `${spec.nf} ${direction} ${hop}`),
  );
}

describe("where an NF stands in its chain", () => {
  it("is as it was made", () => {
    expect(hops([gen, sink])).toEqual(["gen out 0", "sink in 0"]);
  });

  it("follows an NF that came later, which those before it know nothing of", () => {
    const fwd = nfContainer("a", { nf: "fwd", app: "l2fwd", ports: MIDDLE, paths: LONG, made: 20 });
    expect(hops([gen, sink, fwd])).toEqual(["fwd in 0", "fwd out 1", "gen out 0", "sink in 1"]);
  });

  it("closes the gap that one leaves", () => {
    const long = [gen, sink].map((container) => ({ ...container }));
    const [first, last] = long.map(({ Labels, ...rest }) => ({
      ...rest,
      Labels: { ...Labels, "corebed.paths": JSON.stringify(LONG) },
    })) as unknown as [typeof gen, typeof sink];
    expect(hops([first, last])).toEqual(["gen out 0", "sink in 0"]);
  });

  it("counts on through the lab's chains", () => {
    const paths = { first: ["x", "y", "z"], main: ["gen", "sink"] };
    const others = ["x", "y", "z"].map((nf) => nfContainer("a", { nf, ports: [], paths, made: 30 }));
    expect(hops([gen, sink, ...others])).toEqual(["gen out 2", "sink in 2"]);
  });
});
