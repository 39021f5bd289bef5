import { describe, expect, test } from "vitest";
import { formatCsv } from "../../../src/report/csv.ts";
import { incomplete, severalChains, twoArms } from "./results.ts";

/** A reader of RFC 4180, written from its grammar. */
function parsed(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let rest = text;
  let row: string[] = [];
  while (rest !== "") {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest);
    if (match === null) throw new Error(`not RFC 4180: ${rest.slice(0, 40)}`);
    const [all, quoted, plain = "", end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\r\n") {
      rows.push(row);
      row = [];
    }
    rest = rest.slice(all.length);
  }
  return rows;
}

function records(text: string): readonly Readonly<Record<string, string>>[] {
  const [names = [], ...rows] = parsed(text);
  for (const row of rows) expect(row).toHaveLength(names.length);
  return rows.map((row) => Object.fromEntries(row.map((cell, index) => [names[index], cell])));
}

test("two arms", () => expect(formatCsv([twoArms()])).toMatchFileSnapshot("golden/two-arms.csv.txt"));

test("a line for each trial and chain, in the order the trials ran", () => {
  const rows = records(formatCsv([severalChains()]));
  expect(rows).toHaveLength(2 * 10);
  expect(rows.map(({ trial_index: index }) => Number(index))).toEqual(
    Array.from({ length: 20 }, (_, index) => Math.floor(index / 2)),
  );
  expect(new Set(rows.map(({ chain }) => chain))).toEqual(new Set(["uplink", "downlink"]));
});

test("the figures are those of the result, in full", () => {
  const result = twoArms();
  const trial = result.arms[1]?.trials[0];
  const row = records(formatCsv([result])).find(({ trial_index: index }) => Number(index) === trial?.index);
  expect(row).toMatchObject({
    arm: "vhost-user",
    usable: "true",
    asked_pps: "max",
    received_pps: String(trial?.chains[0]?.throughputPps),
    loss_ratio: String(trial?.chains[0]?.lossRatio),
    latency_p99_ns: String(trial?.chains[0]?.latencyNs?.p99),
  });
});

test("trials that are not usable are there too, and say why", () => {
  const rows = records(formatCsv([incomplete()])).filter(({ usable }) => usable === "false");
  expect(rows.map(({ complete, flags }) => [complete, flags?.split(" ")[0]])).toEqual([["false", "incomplete"]]);
});

describe("quoting", () => {
  test.each(['a "b"', "a,b", "a\r\nb", "a\nb", " a", '"', ""])("%j comes back as it was", (name) => {
    const result = twoArms();
    const text = formatCsv([{ ...result, topology: { ...result.topology, name } }]);
    expect(records(text)[0]?.topology).toBe(name);
  });
});

test("several results are one table with one line of names", () => {
  const rows = records(formatCsv([twoArms(), severalChains()]));
  expect(rows).toHaveLength(10 + 20);
});
