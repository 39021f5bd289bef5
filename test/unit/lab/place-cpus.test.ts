import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CpuPlacement } from "../../../src/lab/lab.ts";
import { type PlacementResult, placeCpus } from "../../../src/lab/place-cpus.ts";
import { range } from "./hosts.ts";

type Map_ = Readonly<Record<number, string | readonly string[]>>;

function place(cores: Map_, usable: readonly number[], fold = false, withSwitch = true): PlacementResult {
  const assignments = Object.entries(cores).map(([cpu, owners]) => ({ cpu: Number(cpu), owners: [owners].flat() }));
  return placeCpus(assignments, usable, { fold, withSwitch });
}

function placement(...args: Parameters<typeof place>): CpuPlacement {
  const result = place(...args);
  if (!result.ok) throw new Error(result.reason);
  return result.placement;
}

/** `0: switch, 1: gen sink` */
function text({ owners }: CpuPlacement): string {
  return owners.map((core) => `${core.cpu}: ${core.owners.join(" ")}`).join(", ");
}

const THREE = { 0: "switch", 1: "gen", 2: "sink" };

describe("where every CPU is there", () => {
  test("each owner gets the one that the file says, and the first free one is for housekeeping", () => {
    const found = placement({ 2: "sink", 5: ["a", "b"], 1: "gen" }, range(0, 8));
    expect(text(found)).toBe("1: gen, 2: sink, 5: a b");
    expect(found).toMatchObject({ housekeeping: 0, housekeepingShared: false, folded: false });
  });

  test("with none left, housekeeping shares the switch's CPU, the lowest if it has several", () => {
    expect(placement({ 0: "gen", 1: "sink", 2: "switch", 3: "switch" }, range(0, 4))).toMatchObject({
      housekeeping: 2,
      housekeepingShared: true,
    });
    expect(placement({ 3: "gen", 4: "sink" }, [3, 4])).toMatchObject({ housekeeping: 3, housekeepingShared: true });
  });

  test("a switch that the lab does not need gives its CPU back", () => {
    const found = placement(THREE, [0, 1, 2], false, false);
    expect(text(found)).toBe("1: gen, 2: sink");
    expect(found).toMatchObject({ housekeeping: 0, housekeepingShared: false });
    expect(text(placement({ 0: ["switch", "gen"], 1: "sink" }, [0, 1], false, false))).toBe("0: gen, 1: sink");
  });

  test("the switch shares a CPU if the file says so", () => {
    expect(text(placement({ 0: ["switch", "gen"], 1: "sink" }, [0, 1]))).toBe("0: switch gen, 1: sink");
  });
});

describe("a CPU that is not there", () => {
  test("is named, and each of several", () => {
    expect(place(THREE, [0, 1])).toEqual({ ok: false, reason: "no-such-cpu", missing: [2] });
    expect(place({ 7: "switch", 1: "gen", 9: "sink" }, [0, 1])).toMatchObject({ missing: [7, 9] });
  });

  test("does not matter if only an unneeded switch wants it", () => {
    expect(text(placement({ 9: "switch", 0: "gen", 1: "sink" }, [0, 1], false, false))).toBe("0: gen, 1: sink");
  });
});

describe("folded", () => {
  test("a core without a CPU joins an NF, not the switch", () => {
    const found = placement(THREE, [0, 1], true);
    expect(text(found)).toBe("0: switch, 1: gen sink");
    expect(found).toMatchObject({ folded: true, housekeeping: 0, housekeepingShared: true });
  });

  test("takes a free CPU before it shares one", () => {
    const found = placement({ 0: "switch", 1: "gen", 9: "sink" }, range(0, 4), true);
    expect(text(found)).toBe("0: switch, 1: gen, 2: sink");
    expect(found).toMatchObject({ folded: true, housekeeping: 3, housekeepingShared: false });
  });

  test("the switch finds its CPU before NFs do, whatever their numbers", () => {
    expect(text(placement({ 5: "gen", 6: "sink", 7: "switch" }, [0, 1], true))).toBe("0: switch, 1: gen sink");
  });

  test("cores without a CPU are spread over the NFs' in turn", () => {
    const cores = { 0: "switch", 1: "a", 2: "b", 10: "c", 11: "d", 12: "e" };
    expect(text(placement(cores, [0, 1, 2], true))).toBe("0: switch, 1: a c e, 2: b d");
  });

  test("without a switch all CPUs are for NFs", () => {
    expect(text(placement(THREE, [0, 1], true, false))).toBe("0: sink, 1: gen");
  });

  test("onto one CPU fails if there is a switch, and not if there is none", () => {
    expect(place(THREE, [0], true)).toMatchObject({ ok: false, reason: "switch-needs-own-cpu" });
    expect(text(placement(THREE, [0], true, false))).toBe("0: gen sink");
  });

  test("fails where NFs have named every CPU and the switch none that is there", () => {
    expect(place({ 0: "gen", 1: "sink", 2: "switch" }, [0, 1], true)).toMatchObject({ reason: "switch-needs-own-cpu" });
  });

  test("changes nothing where every CPU is there", () => {
    expect(placement(THREE, [0, 1, 2], true)).toEqual(placement(THREE, [0, 1, 2], false));
  });
});

/** An affinity map with each NF once and the switch on some CPUs of its own, or shared. */
const cores = fc
  .uniqueArray(fc.nat({ max: 30 }), { minLength: 1, maxLength: 12 })
  .chain((cpus) => fc.tuple(fc.constant(cpus), fc.array(fc.constantFrom("own", "switch", "both"), size(cpus.length))))
  .map(([cpus, kinds]) =>
    cpus.map((cpu, i) => {
      const nfs = [`nf${i}a`, `nf${i}b`].slice(0, 1 + (cpu % 2));
      return { cpu, owners: kinds[i] === "switch" ? ["switch"] : kinds[i] === "both" ? ["switch", ...nfs] : nfs };
    }),
  );
const usable = fc
  .uniqueArray(fc.nat({ max: 30 }), { minLength: 1, maxLength: 16 })
  .map((list) => list.toSorted((a, b) => a - b));
const options = fc.record({ fold: fc.boolean(), withSwitch: fc.boolean() });

function size(length: number) {
  return { minLength: length, maxLength: length };
}

describe("whatever the file and the host", () => {
  test("every owner has one place, on a CPU that may be used", () => {
    fc.assert(
      fc.property(cores, usable, options, (map, cpus, how) => {
        const result = placeCpus(map, cpus, how);
        if (!result.ok) return;
        const { owners, housekeeping } = result.placement;
        const wanted = map.flatMap((core) => core.owners).filter((owner) => how.withSwitch || owner !== "switch");
        const placed = owners.flatMap((core) => core.owners);
        const nfs = (names: readonly string[]) => names.filter((name) => name !== "switch").toSorted();
        expect(nfs(placed)).toEqual(nfs(wanted));
        // Folding may leave the switch fewer poll-mode threads, but never none.
        expect(placed.includes("switch")).toBe(wanted.includes("switch"));
        if (!result.placement.folded) expect(placed.toSorted()).toEqual(wanted.toSorted());
        expect(owners.every((core) => cpus.includes(core.cpu))).toBe(true);
        expect(new Set(owners.map((core) => core.cpu)).size).toBe(owners.length);
        expect(cpus).toContain(housekeeping);
        const taken = owners.some((core) => core.cpu === housekeeping);
        expect(result.placement.housekeepingShared).toBe(taken);
        if (taken) expect(owners.length).toBe(cpus.length);
      }),
    );
  });

  test("what has its CPU stays there, and without fold all do", () => {
    fc.assert(
      fc.property(cores, usable, options, (map, cpus, how) => {
        const result = placeCpus(map, cpus, how);
        if (!result.ok) return;
        const moved = map.filter(({ cpu, owners }) => {
          const found = result.placement.owners.find((core) => core.cpu === cpu)?.owners ?? [];
          return owners.some((owner) => (how.withSwitch || owner !== "switch") && !found.includes(owner));
        });
        const onlySwitch = (names: readonly string[]) => names.every((name) => name === "switch");
        const displaced = moved.filter((core) => cpus.includes(core.cpu) && !(how.fold && onlySwitch(core.owners)));
        expect(displaced).toEqual([]);
        expect(moved.length > 0).toBe(result.placement.folded);
        if (!how.fold) expect(moved).toEqual([]);
      }),
    );
  });

  test("nobody is folded onto a CPU of the switch", () => {
    fc.assert(
      fc.property(cores, usable, (map, cpus) => {
        const result = placeCpus(map, cpus, { fold: true, withSwitch: true });
        if (!result.ok) return;
        const together = map.filter((core) => core.owners.includes("switch")).map((core) => core.owners.join(" "));
        const withSwitch = result.placement.owners.filter((core) => core.owners.includes("switch"));
        expect(withSwitch.length > 0).toBe(together.length > 0);
        for (const core of withSwitch) expect(together).toContain(core.owners.join(" "));
      }),
    );
  });

  test("fails only for a CPU that is not there, or a switch without one of its own", () => {
    fc.assert(
      fc.property(cores, usable, options, (map, cpus, how) => {
        const result = placeCpus(map, cpus, how);
        if (result.ok) return;
        expect(result.missing.length).toBeGreaterThan(0);
        expect(result.missing.filter((cpu) => cpus.includes(cpu))).toEqual([]);
        expect(result.reason).toBe(how.fold ? "switch-needs-own-cpu" : "no-such-cpu");
        if (how.fold) expect(how.withSwitch).toBe(true);
      }),
    );
  });

  test("the order of the file's lines decides nothing", () => {
    fc.assert(
      fc.property(cores, usable, options, (map, cpus, how) => {
        const missing = (result: PlacementResult) => (result.ok ? undefined : result.missing.toSorted());
        const [one, other] = [placeCpus(map, cpus, how), placeCpus(map.toReversed(), cpus, how)];
        expect({ ...other, missing: missing(other) }).toEqual({ ...one, missing: missing(one) });
      }),
    );
  });
});
