import { afterEach, describe, expect, test } from "vitest";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { command, lines } from "./support/command.ts";
import { pair, TRAFFIC } from "./support/topology.ts";

const bed = setUpBed("it-two");

/** At a rate that is kept even where the labs hold every CPU of the machine, and the two commands take their time out of them. */
const onCpu = (cpu: number, name: string) =>
  pair(name, {
    cores: { [cpu]: ["gen", "sink"] },
    datapath: "docker-bridge",
    traffic: { ...TRAFFIC, rate: "1kpps", duration: "1s" },
  });

describe("two labs on one host", () => {
  test("on CPUs of their own they run side by side; removing one leaves the other alone", async () => {
    const one = await bed.write("one.yaml", onCpu(0, "it-two-a"));
    const other = await bed.write("other.yaml", onCpu(1, "it-two-b"));
    await bed.expectExit(0, ["apply", one]);
    await bed.expectExit(0, ["apply", other]);
    expectTraffic(await bed.measure(one));
    expectTraffic(await bed.measure(other));
    const status = await bed.expectExit(0, ["status"]);
    expect(status.stdout).toMatch(/^Lab it-two-a: up$/m);
    expect(status.stdout).toMatch(/^Lab it-two-b: up$/m);

    await bed.expectExit(0, ["destroy", "it-two-a"]);
    expectTraffic(await bed.measure(other));
    await bed.expectExit(0, ["destroy", "it-two-b"]);
    await bed.expectNoTrace();
  });

  test("both measured at the same time", async () => {
    const one = await bed.write("one.yaml", onCpu(0, "it-two-a"));
    const other = await bed.write("other.yaml", onCpu(1, "it-two-b"));
    const finished = await Promise.all(
      [one, other].map((file) => bed.run(["run", file, "--trials", "1", "--out", `${file}.json`])),
    );
    for (const { code, stderr } of finished) expect(code, stderr).toBe(0);
    expectTraffic(await bed.readResult(`${one}.json`));
    expectTraffic(await bed.readResult(`${other}.json`));
    await bed.expectNoTrace();
  });

  test("on the same CPU the second is refused and told who has it; nothing of it is made", async () => {
    const one = await bed.write("one.yaml", onCpu(1, "it-two-a"));
    const other = await bed.write("other.yaml", onCpu(1, "it-two-b"));
    await bed.expectExit(0, ["apply", one]);
    for (const args of [
      ["apply", other],
      ["run", other],
    ]) {
      const refused = await bed.expectExit(69, args);
      expect(refused.stderr).toMatch(
        /error: CPU 1, wanted for gen and sink, is held by it-two-a\/(gen|sink)\n {2}= help: destroy that lab \(corebed destroy it-two-a\) or give other cores/,
      );
      expect(refused.stdout).toBe("");
    }
    const plan = await bed.expectExit(69, ["plan", other]);
    expect(plan.stdout).toMatch(/error: CPU 1, wanted for gen and sink, is held by it-two-a/);
    const status = JSON.parse((await bed.expectExit(0, ["status", "it-two-b", "--json"])).stdout);
    expect(status.labs).toEqual([]);
    await bed.expectExit(0, ["destroy", "it-two-a"]);
    await bed.expectNoTrace();
  });
});

describe("what is not corebed's", () => {
  /** Docker's own way of making things, without any label, under names that corebed would give them. */
  const CONTAINERS = ["it-two-foreign", "corebed.it-two.other"];
  const NETWORKS = ["it-two-foreign-net", "corebed.it-two.other-0"];
  const LINK = "cbforeigna";

  afterEach(async () => {
    await command("docker", "rm", "--force", ...CONTAINERS).catch(() => {});
    await command("docker", "network", "rm", ...NETWORKS).catch(() => {});
    await command("ip", "link", "delete", "dev", LINK).catch(() => {});
  });

  test("stays as it is when a lab is made, changed and destroyed", async () => {
    const [image = ""] = await lines(
      "docker",
      "images",
      "--filter",
      "label=corebed.image=nf",
      "--format",
      "{{.Repository}}:{{.Tag}}",
    );
    for (const [at, network] of NETWORKS.entries()) {
      await command("docker", "network", "create", "--internal", "--subnet", `192.0.2.${at * 16}/28`, network);
    }
    for (const [at, container] of CONTAINERS.entries()) {
      const entry = ["--entrypoint", "/bin/sleep", image, "600"];
      await command("docker", "run", "--detach", "--name", container, "--network", NETWORKS[at] ?? "", ...entry);
    }
    await command("ip", "link", "add", LINK, "type", "bridge");
    const before = await foreign();
    expect(before).toHaveLength(5);

    const file = await bed.write("lab.yaml", pair("it-two", { datapath: "docker-bridge" }));
    await bed.expectExit(0, ["apply", file]);
    expect(await foreign()).toEqual(before);
    const macvlan = await bed.write("lab.yaml", pair("it-two", { datapath: "macvlan" }));
    await bed.expectExit(0, ["apply", macvlan, "--yes"]);
    await bed.expectExit(0, ["destroy", "it-two"]);
    expect(await foreign()).toEqual(before);
    expect((await bed.expectExit(0, ["destroy", "it-two"])).stdout).toBe("There is nothing left of lab it-two.\n");
    expect(await foreign()).toEqual(before);

    // `destroy --all` takes the labs that `status` shows: none of these is one.
    const { labs } = JSON.parse((await bed.expectExit(0, ["status", "--json"])).stdout);
    expect(labs.filter((lab: { name: string }) => lab.name.startsWith("it-two"))).toEqual([]);
  });

  test("in the way under the very name: apply says so and does not touch it", async () => {
    const [image = ""] = await lines(
      "docker",
      "images",
      "--filter",
      "label=corebed.image=nf",
      "--format",
      "{{.Repository}}:{{.Tag}}",
    );
    const name = "corebed.it-two.gen";
    const entry = ["--entrypoint", "/bin/sleep", image, "600"];
    const id = await command("docker", "run", "--detach", "--name", name, "--network", "none", ...entry);
    try {
      const file = await bed.write("lab.yaml", pair("it-two"));
      const refused = await bed.expectExit(69, ["apply", file]);
      expect(refused.stderr).toContain(name);
      await bed.expectExit(0, ["destroy", "it-two"]);
      expect(await command("docker", "inspect", "--format", "{{.Id}} {{.State.Running}}", name)).toBe(`${id} true`);
    } finally {
      await command("docker", "rm", "--force", name);
    }
    await bed.expectNoTrace();
  });

  /** Ids and start times, so that a thing made anew would show. */
  async function foreign(): Promise<readonly string[]> {
    const [containers, networks, link] = await Promise.all([
      lines(
        "docker",
        "inspect",
        "--type",
        "container",
        "--format",
        "{{.Id}} {{.State.StartedAt}} {{.State.Running}}",
        ...CONTAINERS,
      ),
      lines("docker", "network", "inspect", "--format", "{{.Id}} {{len .Containers}}", ...NETWORKS),
      lines("ip", "-oneline", "link", "show", "dev", LINK),
    ]);
    return [...containers, ...networks, ...link];
  }
});
