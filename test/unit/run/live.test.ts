import { type Duplex, duplexPair } from "node:stream";
import { expect, test } from "vitest";
import { HostError } from "../../../src/host/host.ts";
import type { Reader } from "../../../src/provision/driver.ts";
import type { LiveLab } from "../../../src/provision/verify.ts";
import { openLab } from "../../../src/run/live.ts";
import { hostWith } from "../lab/hosts.ts";
import { example, labOf } from "../lab/make-lab.ts";

const LAB = labOf(example("pktgen-stats.yaml"), hostWith(8), { fold: true });

/** Connections are streams that nobody answers on; one of them, by the end of its path, cannot be had, which is told before or after the others are open. */
async function openWithout(missing: string, first: boolean): Promise<readonly Duplex[]> {
  const opened: Duplex[] = [];
  const host = {
    connect: async (path: string) => {
      if (path.endsWith(missing) !== first) await new Promise((resolve) => setImmediate(resolve));
      if (path.endsWith(missing)) throw new HostError("local", `connect to ${path}`, "no such socket");
      const [stream, far] = duplexPair();
      far.resume().once("end", () => far.end());
      opened.push(stream);
      return stream;
    },
  };
  const reader = { host } as unknown as Reader;
  await expect(openLab(reader, LAB, {} as LiveLab)).rejects.toThrow("no such socket");
  return opened;
}

test.each([
  ["an NF, whose end comes first", LAB.nfs.at(-1)?.controlSocket ?? "", true, 1],
  ["an NF, whose end comes last", LAB.nfs.at(-1)?.controlSocket ?? "", false, 1],
  ["the switch's bridge", ".mgmt", true, 3],
])("where %s cannot be reached, what was opened before is closed", async (_which, missing, first, count) => {
  const opened = await openWithout(missing, first);
  expect(opened).toHaveLength(count);
  expect(opened.filter(({ destroyed }) => !destroyed)).toEqual([]);
});
