import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { setUpBed } from "../support/bed.ts";
import { plugCable } from "../support/cable.ts";
import { told } from "../support/corebed.ts";
import type { HostInContainer } from "../support/host-in-container.ts";
import { CABLE_ADDRESSES, type RemoteHosts, startRemoteHosts } from "../support/remote-hosts.ts";

const bed = setUpBed("twohosts");

let set: RemoteHosts<readonly ["rig-a", "rig-b"]>;
let a: HostInContainer;
let b: HostInContainer;

beforeAll(async () => {
  set = await startRemoteHosts({ names: ["rig-a", "rig-b"] });
  [a, b] = set.hosts;
  // Who does not answer is missed after three of these.
  await set.home.configure("ServerAliveInterval 1\n");
  await plugCable("eth2", [{ pid: a.pid }, { pid: b.pid }]);
});

afterAll(() => set?.[Symbol.asyncDispose]());

/** What a test that did not come to its end left on the hosts, where nobody else is. */
beforeEach(async () => {
  const remove = "docker ps --all --quiet | xargs --no-run-if-empty docker rm --force; rm -rf /run/corebed/*";
  await Promise.all([a, b].map((host) => host.exec("sh", "-c", remove)));
});

/** The two hosts share this machine's two CPUs: a switch that sleeps when it is idle leaves the other some. */
const lab = (more = "rate: 5kpps") => `name: twohosts
hosts:
  a: { address: ${a.url}, tunnel: { interface: eth1, address: 192.0.2.1/24 } }
  b: { address: ${b.url}, tunnel: { interface: eth1, address: 192.0.2.2/24 } }
cores:
  a: { 0: switch, 1: gen }
  b: { 0: switch, 1: sink }
nfs: { gen: { app: pktgen }, sink: { app: stats } }
chains: { main: [gen, sink] }
switch: { pmdMaxSleep: 100us }
traffic: { ${more}, duration: 500ms, warmup: 100ms }
`;

test("a lab over two hosts: made, measured through its tunnel, and removed although one host cannot be reached", async () => {
  const env = { env: set.home.env };
  const file = await bed.write("lab.yaml", lab());
  const applied = await bed.expectExit(0, ["apply", file], env);
  expect(applied.stdout).toContain("is up on hosts a and b");
  expect(applied.stderr).toMatch(/^ {2}a: created nf:gen/m);
  expect(applied.stderr).toMatch(/^ {2}b: created nf:sink/m);
  expect((await bed.expectExit(0, ["apply", file], env)).stdout).toContain("nothing to do");
  expect(await a.exec("docker", "ps", "--format", "{{.Names}}")).not.toContain("sink");

  const out = `${bed.directory()}/result.json`;
  const run = await bed.run(["run", file, "--trials", "1", "--out", out], env);
  expect([0, 1], told(run)).toContain(run.code);
  const result = await bed.readResult(out);
  expect(result.hosts?.map(({ name, address, facts }) => [name, address, facts.hostname])).toEqual([
    ["a", a.url, a.name],
    ["b", b.url, b.name],
  ]);
  const [trial] = result.arms[0]?.trials ?? [];
  const [chain] = trial?.chains ?? [];
  expect(chain?.received).toBeGreaterThan(0);
  expect(chain?.ledger.unexplained, JSON.stringify(chain?.ledger, null, 1)).toBe(0);
  // Both are this machine in truth, of which corebed knows nothing: the clocks agree as far as they are known.
  const { sender, receiver, unixAheadNs = Number.NaN, uncertaintyNs = 0, withheld } = chain?.clocks ?? {};
  expect([sender, receiver]).toEqual(["a", "b"]);
  expect(Math.abs(unixAheadNs)).toBeLessThanOrEqual(uncertaintyNs + 1_000);
  expect(chain?.latencyNs === undefined, `withheld: ${withheld}`).toBe(withheld !== undefined);
  expect(new Set(trial?.hygiene.threads.map(({ host }) => host))).toEqual(new Set(["a", "b"]));

  {
    await using _cut = await b.unplug();
    const destroyed = await bed.expectExit(69, ["destroy", file], env);
    expect(destroyed.stdout).toContain("is gone from host a");
    expect(destroyed.stderr).toContain("corebed.twohosts.sink");
    expect(destroyed.stderr).toContain(`corebed destroy twohosts --host ${b.url}`);
  }
  expect(await a.exec("docker", "ps", "--all", "--quiet")).toBe("");
  const last = await bed.expectExit(0, ["destroy", "twohosts", "--host", b.url], env);
  expect(last.stderr, "the label tells of the other host").toContain(`a: corebed destroy twohosts --host ${a.url}`);
  expect(await b.exec("docker", "ps", "--all", "--quiet")).toBe("");
  expect(await b.exec("ls", "/run/corebed")).toBe("");
});

test("one host goes away while a lab is made: each host's state is told, and apply goes on from there", async () => {
  const env = { env: set.home.env };
  const file = await bed.write("lab.yaml", lab());
  const applying = bed.start(["apply", file], env);
  {
    await applying.says(/b: created directory:/);
    await using _dark = await b.unplug();
    await applying.says(/b: .*failed/);
  }
  const broken = await applying.finished;
  expect(broken.code, told(broken)).toBe(69);
  expect(broken.stderr).toMatch(/error: host b: create (nf:sink|switch:switch): /);
  expect(broken.stderr).toContain(`- a (${a.url}): as the file says`);
  expect(broken.stderr).toMatch(/- b \(ssh:\S+\): not as the file says, \d+ of 10 steps done/);
  const applied = await bed.expectExit(0, ["apply", file, "--yes"], env);
  expect(applied.stdout).toContain("is up on hosts a and b");
  await bed.expectExit(0, ["destroy", file], env);
  for (const host of [a, b]) expect(await host.exec("docker", "ps", "--all", "--quiet")).toBe("");
});

test("a connection that goes in a trial makes it void, and the second time its host is named; a cable that is pulled shows as packets lost between the hosts", async () => {
  const env = { env: set.home.env };
  const file = await bed.write("lab.yaml", lab("rate: 2kpps").replace("500ms", "2s"));
  await bed.expectExit(0, ["apply", file], env);
  const out = `${bed.directory()}/cut.json`;
  const measuring = bed.start(["run", file, "--trials", "2", "--out", out], env);
  await measuring.says(/trial 1\//);
  await b.cut();
  await measuring.says(/connection was lost during a trial.*once more/);
  await measuring.says(/trial 2\//);
  await b.cut();
  const finished = await measuring.finished;
  expect(finished.code, told(finished)).toBe(69);
  expect(finished.stderr).toContain(`${b.url}: `);
  expect((await bed.readResult(out)).complete).toBe(false);

  const pulled = bed.start(["run", file, "--trials", "2", "--out", out], env);
  await pulled.says(/trial 1\//);
  await b.exec("ip", "link", "set", "eth1", "down");
  const ended = await pulled.finished;
  await b.exec("ip", "link", "set", "eth1", "up");
  expect([0, 1], told(ended)).toContain(ended.code);
  const [chain] = (await bed.readResult(out)).arms[0]?.trials.at(-1)?.chains ?? [];
  expect(chain?.ledger.unexplained, JSON.stringify(chain?.ledger, null, 1)).toBe(0);
  const reasons = (chain?.ledger.points ?? []).flatMap(({ drops }) => drops.filter(({ packets }) => packets > 0));
  expect(reasons.map(({ reason }) => reason)).toContainEqual(expect.stringContaining("lost between hosts a and b"));
  await bed.expectExit(0, ["destroy", file], env);
});

const WAYS = () => `name: twohosts
hosts:
  a: { address: ${a.url} }
  b: { address: ${b.url} }
cores:
  a: { 0: switch, 1: [gen, sink] }
  b: { 0: switch, 1: fwd }
nfs: { gen: { app: pktgen }, fwd: { app: l2fwd }, sink: { app: stats } }
chains: { main: { path: [gen, fwd, sink], hops: [nic, overlay] } }
nics:
  left: { host: a, device: eth2 }
  right: { host: b, device: eth2 }
switch: { pmdMaxSleep: 100us }
traffic: { rate: 2kpps, duration: 500ms, warmup: 100ms }
`;

test("a lab whose hops go there over cards and back over Docker's overlay network, which neither host alone can remove", async () => {
  const env = { env: set.home.env };
  const file = await bed.write("ways.yaml", WAYS());
  await Promise.all([a, b].map(({ exec }) => exec("sh", "-c", "docker swarm leave --force || true")));
  const refused = await bed.expectExit(65, ["plan", file], env);
  expect(refused.stderr).toContain("Docker's swarm mode is inactive");
  expect(refused.stderr).toContain("docker swarm init --advertise-addr");
  await a.exec("docker", "swarm", "init", "--advertise-addr", CABLE_ADDRESSES[0]);
  const token = await a.exec("docker", "swarm", "join-token", "-q", "worker");
  await b.exec("docker", "swarm", "join", "--token", token, `${CABLE_ADDRESSES[0]}:2377`);
  const leftBefore = await Promise.all([a, b].map(networksAndLinks));

  const applied = await bed.expectExit(0, ["apply", file], env);
  expect(applied.stderr).toMatch(/^ {2}a: created network:main-1/m);
  expect(applied.stderr).not.toMatch(/^ {2}b: created network/m);
  expect((await bed.expectExit(0, ["apply", file], env)).stdout).toContain("nothing to do");

  const out = `${bed.directory()}/ways.json`;
  const run = await bed.run(["run", file, "--trials", "1", "--out", out], env);
  expect([0, 1], told(run)).toContain(run.code);
  const [chain] = (await bed.readResult(out)).arms[0]?.trials[0]?.chains ?? [];
  expect(chain?.received).toBeGreaterThan(0);
  expect(chain?.ledger.unexplained, JSON.stringify(chain?.ledger, null, 1)).toBe(0);
  // Who sends is who receives: no second clock is needed.
  expect(chain?.latencyNs?.p50).toBeGreaterThan(0);
  expect(chain?.clocks).toBeUndefined();
  const lost = (chain?.ledger.points ?? []).flatMap(({ at, drops }) =>
    drops.filter(({ reason }) => reason.startsWith("lost between")).map(({ reason }) => `${at}: ${reason}`),
  );
  expect(lost).toEqual([
    "switch port nic.right rx: lost between hosts a and b",
    "sink interface rx: lost between hosts b and a",
  ]);

  {
    await using _cut = await b.unplug();
    const destroyed = await bed.expectExit(69, ["destroy", file], env);
    expect(destroyed.stderr).toContain("corebed.twohosts.fwd");
    expect(destroyed.stderr).toMatch(/host a: delete network:main-1: .*a container on another host of the swarm/);
  }
  await bed.expectExit(0, ["destroy", file], env);
  expect(await Promise.all([a, b].map(networksAndLinks))).toEqual(leftBefore);
  expect(await a.exec("ls", "/run/corebed")).toBe("");
});

/** Names of a host's Docker networks and of its interfaces, but for those that a swarm makes in its own time. */
async function networksAndLinks({ exec }: HostInContainer): Promise<string> {
  const script =
    "(docker network ls --format '{{.Name}}' | sort; ls /sys/class/net) | grep -v -e ^veth -e gwbridge -e ingress";
  return await exec("sh", "-c", script);
}

test("two kinds of tunnels are compared, and the counters of both hosts are in one place meanwhile", async () => {
  const env = { env: set.home.env };
  const vxlan = await bed.write("vxlan.yaml", lab("rate: 1kpps"));
  const geneve = await bed.write("geneve.yaml", `${lab("rate: 1kpps")}between: geneve\n`);
  const out = `${bed.directory()}/comparison.json`;
  const options = ["--against", vxlan, "--repeats", "1", "--metrics", ":0", "--out", out];
  const comparison = bed.start(["compare", geneve, ...options], env);
  const [, url = ""] = await comparison.says(/^Metrics at (http:\S+)$/m);
  const seen = new Set<string>();
  let ended = false;
  const scraping = (async () => {
    while (!ended) {
      const text = await fetch(url).then(
        (response) => response.text(),
        () => "",
      );
      const series = [
        ...text.matchAll(/^(corebed_(?:chain_\w+_packets|switch_uplink_\w+_packets)_total)\{.*host="(\w)"\} [1-9]/gm),
      ];
      for (const [, name, host] of series) seen.add(`${name} ${host}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  const finished = await comparison.finished;
  ended = true;
  await scraping;
  // Who sends and who is told of it on which host; a machine that others load may keep the generator from its rate.
  expect([0, 1], told(finished)).toContain(finished.code);
  expect([...seen]).toEqual(
    expect.arrayContaining([
      "corebed_chain_sent_packets_total a",
      "corebed_switch_uplink_transmit_packets_total a",
      "corebed_switch_uplink_receive_packets_total b",
      "corebed_chain_received_packets_total b",
    ]),
  );
  const result = await bed.readResult(out);
  expect(result.complete).toBe(true);
  expect(result.hosts?.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(result.arms.map(({ name }) => name)).toEqual([vxlan, geneve]);
  for (const { name, trials } of result.arms) {
    expect(trials.length, name).toBeGreaterThan(0);
    expect(
      trials.every(({ complete }) => complete),
      name,
    ).toBe(true);
    expect(
      trials.every(({ chains }) => chains.every(({ received }) => received > 0)),
      name,
    ).toBe(true);
  }
  for (const host of [a, b]) expect(await host.exec("docker", "ps", "--all", "--quiet")).toBe("");
});
