import { expect, test } from "vitest";
import { interruptsBetween, parseInterrupts, readInterrupts } from "../../../../src/run/hygiene/interrupts.ts";

const HARD = `           CPU0       CPU2
 24:          1          0  IO-APIC   5-edge      ACPI:Ged
 28:        100         13 PCI-MSIX-0000:00:01.0   0-edge      virtio0-input
LOC:     572680     444489   Local timer interrupts
ERR:          7
`;
const SOFT = `                    CPU0       CPU2
          HI:          0          0
      NET_RX:       3956       4241
`;

test("sources by CPU, a number with what is behind it", () => {
  expect(parseInterrupts(HARD, "")).toEqual([
    [0, "24 ACPI:Ged", 1],
    [2, "24 ACPI:Ged", 0],
    [0, "28 virtio0-input", 100],
    [2, "28 virtio0-input", 13],
    [0, "LOC", 572_680],
    [2, "LOC", 444_489],
  ]);
});

test("what came between two looks, the most frequent first", async () => {
  const host = (hard: string) => ({
    name: "made up",
    read: async (path: string) => (path === "/proc/interrupts" ? hard : SOFT),
    list: async () => undefined,
    survey: async () => {
      throw new Error("not here");
    },
    connect: async () => {
      throw new Error("not here");
    },
  });
  const before = await readInterrupts(host(HARD));
  const after = await readInterrupts(host(HARD.replace("444489", "444999").replace("13 PCI", "20 PCI")));
  expect(interruptsBetween(before, after, 2, 5)).toEqual([
    { source: "LOC", count: 510 },
    { source: "28 virtio0-input", count: 7 },
  ]);
  expect(interruptsBetween(before, after, 2, 1)).toHaveLength(1);
  expect(interruptsBetween(before, after, 0, 5)).toEqual([]);
});
