import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DASHBOARDS } from "../../scripts/dashboards.ts";
import { setUpBed } from "./support/bed.ts";
import { command } from "./support/command.ts";
import { REPOSITORY } from "./support/corebed.ts";
import { answers, freePort, startDaemon } from "./support/daemon.ts";
import { eventually } from "./support/eventually.ts";
import { pair, TRAFFIC } from "./support/topology.ts";

const bed = setUpBed("it-mon");
const LAB = "it-mon";
const MONITORING = join(REPOSITORY, "monitoring/prometheus");

test("promtool finds the configuration and the rules right, and the rules do what their tests say", async () => {
  await command("promtool", "check", "config", join(MONITORING, "prometheus.yml"));
  await command("promtool", "check", "rules", join(MONITORING, "rules.yml"));
  expect(await command("promtool", "test", "rules", join(MONITORING, "rules.test.yml"))).toContain("SUCCESS");
});

test("every query of the dashboards has data while a lab runs and after its result was pushed", async () => {
  await using serve = startDaemon(join(REPOSITORY, "bin/corebed"), ["serve", "--listen", ":0", "--json"]);
  const { port } = await eventually(
    () => (serve.stdout().includes("\n") ? (JSON.parse(serve.stdout()) as { readonly port: number }) : undefined),
    { what: "corebed serve listens" },
  );
  const gateway = `127.0.0.1:${await freePort()}`;
  await using pushgateway = startDaemon("prometheus-pushgateway", [`--web.listen-address=${gateway}`]);
  await answers(pushgateway, `http://${gateway}/-/ready`);
  const url = `http://127.0.0.1:${await freePort()}`;
  await using prometheus = startDaemon("prometheus", [
    `--config.file=${await configuration(`127.0.0.1:${port}`, gateway)}`,
    `--storage.tsdb.path=${join(bed.directory(), "database")}`,
    `--web.listen-address=${url.slice("http://".length)}`,
  ]);
  await answers(prometheus, `${url}/-/ready`);

  const unanswered = new Set([...queriesOf("lab.json"), ...queriesOf("results.json")]);
  expect(unanswered.size).toBeGreaterThan(25);
  const ask = async (): Promise<boolean> => {
    const asked = [...unanswered].map(async (query) => {
      if ((await valuesOf(url, query)).length > 0) unanswered.delete(query);
    });
    await Promise.all(asked);
    return unanswered.size === 0;
  };
  const topology = (duration: string) => ({
    ...pair(LAB, { traffic: { ...TRAFFIC, duration } }),
    compare: { datapaths: ["vhost-user" as const, "docker-bridge" as const], repeats: 2 },
    expect: ["throughput(vhost-user) > 1kpps"],
  });
  const file = await bed.write("lab.yaml", topology("12s"));
  const prom = join(bed.directory(), "corebed.prom");
  const run = bed.start(["run", file, "--trials", "1", "--push", `http://${gateway}`, "--textfile", prom]);
  let ended = false;
  run.finished.finally(() => {
    ended = true;
  });
  await eventually(async () => (await ask()) || ended, { what: "the run ends", timeoutMs: 110_000, intervalMs: 500 });
  // Where the machine was too busy for any trial to count the expectation fails, and the figures of the lab are there all the same.
  expect([0, 1], run.stderr()).toContain((await run.finished).code);
  // The second arm that a ratio needs.
  const short = await bed.write("short.yaml", topology("500ms"));
  await bed.expectExit(0, ["compare", short, "--push", `http://${gateway}`]);
  await eventually(ask, { what: "every query is answered", timeoutMs: 15_000, intervalMs: 250 }).catch(() => undefined);
  expect([...unanswered], "queries that never had data").toEqual([]);

  const text = await readFile(prom, "utf8");
  expect(text).toMatch(/^corebed_result_trials\{topology="it-mon",arm="vhost-user",.*state="usable"\} \d/m);
  expect(text).toContain(
    'corebed_result_expectation_passed{topology="it-mon",expectation="throughput(vhost-user) > 1kpps"} ',
  );
});

test("a gateway that is not there is told, and the result is kept", async () => {
  const file = await bed.write("lab.yaml", pair(LAB));
  const out = join(bed.directory(), "kept.json");
  const gone = `http://127.0.0.1:${await freePort()}`;
  const finished = await bed.expectExit(69, ["run", file, "--simulate", "--push", gone, "--out", out]);
  expect(finished.stderr).toContain(`error: cannot push to ${gone}: `);
  expect((await bed.readResult(out)).complete).toBe(true);
});

test("run --metrics exposes the counters while it measures, and no longer", async () => {
  const file = await bed.write("lab.yaml", pair(LAB, { traffic: { ...TRAFFIC, duration: "2s" } }));
  const address = `127.0.0.1:${await freePort()}`;
  const running = bed.start(["run", file, "--trials", "1", "--metrics", address]);
  await running.says(/Metrics at http:/);
  const delivered = async () => {
    const text = await (await fetch(`http://${address}/metrics`)).text();
    return Number(/^corebed_chain_received_packets_total\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0) > 100;
  };
  await eventually(delivered, { what: "packets are counted", timeoutMs: 60_000 });
  expect((await running.finished).code, running.stderr()).toBe(0);
  await expect(fetch(`http://${address}/metrics`)).rejects.toThrow();
});

/** The configuration that the repository ships, with other addresses. */
async function configuration(serve: string, gateway: string): Promise<string> {
  await cp(MONITORING, bed.directory(), { recursive: true });
  const path = join(bed.directory(), "prometheus.yml");
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replaceAll("127.0.0.1:9746", serve).replaceAll("127.0.0.1:9091", gateway));
  return path;
}

/** The queries of a dashboard, for this test's lab and topology. */
function queriesOf(dashboard: string): readonly string[] {
  const { panels } = DASHBOARDS[dashboard] as {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  };
  return panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => expr.replaceAll("$lab", LAB).replaceAll("$topology", LAB)),
  );
}

/** Values that are numbers: a rate of nothing by nothing is none. */
async function valuesOf(url: string, query: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { status, error, data } = (await answer.json()) as {
    readonly status: string;
    readonly error?: string;
    readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  expect(status, `${query}: ${error}`).toBe("success");
  return (data?.result ?? []).map(({ value }) => value[1]).filter((value) => value !== "NaN");
}
