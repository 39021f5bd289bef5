import { readdirSync, readFileSync } from "node:fs";
import { duplexPair } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonRpcClient } from "../../src/rpc/json-rpc.ts";
import { NfControl } from "../../src/rpc/nf-control/nf-control.ts";
import { OpenFlowClient } from "../../src/rpc/openflow/openflow-client.ts";
import { OpenFlowError } from "../../src/rpc/openflow/openflow-error.ts";
import { parseCoverageTotals } from "../../src/rpc/ovs-control/coverage.ts";
import { parseDatapathShow } from "../../src/rpc/ovs-control/datapath-show.ts";
import { OvsTextError } from "../../src/rpc/ovs-control/fields.ts";
import { parsePmdRxqShow } from "../../src/rpc/ovs-control/pmd-rxq-show.ts";
import { parsePmdStatsShow } from "../../src/rpc/ovs-control/pmd-stats-show.ts";
import { monitorUntil } from "../../src/rpc/ovsdb/monitor.ts";
import { insert, select } from "../../src/rpc/ovsdb/operation.ts";
import { OvsdbError } from "../../src/rpc/ovsdb/ovsdb-error.ts";
import { transact } from "../../src/rpc/ovsdb/transact.ts";
import { RpcError } from "../../src/rpc/rpc-error.ts";
import { HELLO, PORT_STATS } from "../unit/rpc/openflow/captured.ts";
import { LIMIT_MS, near, share } from "./cases.ts";

const read = (folder: string): readonly Buffer[] => {
  const at = new URL(folder, import.meta.url);
  return readdirSync(at).map((file) => readFileSync(new URL(file, at)));
};
const REPLIES = read("corpus/replies/");
const TEXTS = read("../unit/rpc/ovs-control/captured/");
const OPENFLOW = [HELLO, PORT_STATS, HELLO + PORT_STATS].map((hex) => Buffer.from(hex, "hex"));

/** A peer that has said all of this before it is asked, and then hangs up: every call has to end, with a result or with one of these errors. */
async function endsWell(said: Uint8Array, ask: (stream: ReturnType<typeof duplexPair>[0]) => Promise<unknown>) {
  const [stream, peer] = duplexPair();
  peer.on("error", () => {}).resume();
  const asked = ask(stream).then(
    () => undefined,
    (error: unknown) => error,
  );
  // In two pieces, so that messages are cut somewhere.
  peer.write(said.subarray(0, said.length / 2));
  await new Promise((resolve) => setImmediate(resolve));
  peer.write(said.subarray(said.length / 2));
  peer.end();
  const error = await asked;
  stream.destroy();
  if (error === undefined) return;
  const known = [RpcError, OvsdbError, OpenFlowError].some((kind) => error instanceof kind);
  if (!known) throw error;
  expect((error as Error).message.length).toBeLessThan(20_000);
}

const COLUMNS = { name: "string", ofport: "integer", up: "boolean" } as const;
const ASKS: readonly ((client: JsonRpcClient) => Promise<unknown>)[] = [
  (client) => transact(client, "Open_vSwitch", [select("Interface", [], COLUMNS), insert("Bridge", { name: "br0" })]),
  (client) =>
    monitorUntil(client, {
      db: "Open_vSwitch",
      table: "Interface",
      columns: COLUMNS,
      until: (rows) => [...rows.values()].find(({ up }) => up)?.name,
      what: "an interface is up",
      timeoutMs: 60_000,
    }),
  (client) => new NfControl(client, "stats").stats(),
  (client) => new NfControl(client, "pktgen").info(),
];

test("whatever OVSDB or an NF answers, the call ends with a result or a typed error", {
  timeout: LIMIT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(near(REPLIES), fc.constantFrom(...ASKS), async (said, ask) => {
      await endsWell(said, (stream) => ask(new JsonRpcClient(stream, { peer: "fuzzed" })));
    }),
    share(0.25) as fc.Parameters<[Uint8Array, (typeof ASKS)[number]]>,
  );
});

test("whatever a switch says over OpenFlow, the call ends with a result or a typed error", {
  timeout: LIMIT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(near(OPENFLOW), async (said) => {
      await endsWell(said, (stream) => new OpenFlowClient(stream, { peer: "fuzzed" }).portStats());
    }),
    share(0.1) as fc.Parameters<[Uint8Array]>,
  );
});

test("whatever OVS's control socket tells as text, it is read or refused by name", { timeout: LIMIT_MS }, () => {
  fc.assert(
    fc.property(near(TEXTS), (bytes) => {
      const text = Buffer.from(bytes).toString("utf8");
      for (const parse of [parsePmdStatsShow, parsePmdRxqShow, parseDatapathShow, parseCoverageTotals]) {
        try {
          parse(text);
        } catch (error) {
          if (!(error instanceof OvsTextError)) throw error;
        }
      }
    }),
    share(0.15),
  );
});
