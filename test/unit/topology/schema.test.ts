import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { topologySchema } from "../../../src/topology/json-schema.ts";

interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Every key of the schema with the path to it. */
function keys(schema: JsonSchema, path = ""): [string, JsonSchema][] {
  const own = Object.entries(schema.properties ?? {}).map(([key, value]): [string, JsonSchema] => [
    `${path}${key}`,
    value,
  ]);
  const any = typeof schema.additionalProperties === "object" ? [schema.additionalProperties] : [];
  const nested = [...any, ...(schema.items ? [schema.items] : []), ...(schema.anyOf ?? [])];
  return [
    ...own,
    ...own.flatMap(([key, value]) => keys(value, `${key}.`)),
    ...nested.flatMap((value) => keys(value, `${path}*.`)),
  ];
}

const schema = topologySchema() as JsonSchema;

describe("the JSON Schema", () => {
  it("is the one in schema/", () => {
    const file = readFileSync(new URL("../../../schema/topology.schema.json", import.meta.url), "utf8");
    // If this fails: node src/cli/main.ts schema > schema/topology.schema.json
    expect(file).toBe(`${JSON.stringify(topologySchema(), null, 2)}\n`);
  });

  it("names itself and the draft that editors know", () => {
    expect(topologySchema()).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      $id: "https://corebed.dev/schema/topology/1",
    });
  });

  it.each(keys(schema))("says what %s is", (_, key) => {
    expect(key.title).toMatch(/^[A-Z].*[^.]$/);
    expect(key.description).toMatch(/\.$/);
    expect(key.examples?.length).toBeGreaterThan(0);
  });

  it("shows the defaults as the user would write them", () => {
    const defaults = keys(schema).flatMap(([path, key]) => ("default" in key ? [[path, key.default]] : []));
    expect(Object.fromEntries(defaults)).toEqual({
      between: "vxlan",
      "chains.*.*.hops.*.*.datapath": "default",
      "chains.*.*.hops.*.*.limit.*.at": "egress",
      datapath: "vhost-user",
      "nics.*.attach": "switch",
      "nics.*.bind": false,
      switch: {},
      macvlan: {},
      "macvlan.mode": "bridge",
      ipvlan: {},
      "ipvlan.mode": "l2",
      overlay: {},
      "overlay.swarm": "use",
      traffic: {},
      expect: [],
      "nfs.*.env": {},
      "nfs.*.queueSize": 1024,
      "nfs.*.memif.zeroCopy": false,
      "nfs.*.queues": 1,
      "nfs.*.memory": "64MiB",
      "switch.mode": "container",
      "switch.runDirectory": "/var/run/openvswitch",
      "switch.txRetries": 8,
      "switch.pmdMaxSleep": "0us",
      "switch.emcInsertInvProb": 100,
      "switch.txFlushInterval": "0us",
      "switch.txSteering": "thread",
      "switch.rxqAssign": "pinned",
      "switch.affinity": {},
      "switch.simpleMatch": true,
      "switch.smc": false,
      "traffic.frame": 64,
      "traffic.flows": 1,
      "traffic.rate": "max",
      "traffic.duration": "2s",
      "traffic.warmup": "500ms",
      "traffic.burst": 32,
      "traffic.direction": "one",
      "traffic.flows.*.choice": "round-robin",
      "traffic.flows.*.skew": 1,
      "traffic.flows.*.vary": "port",
      "traffic.network": "ipv4",
      "traffic.transport": "udp",
      "compare.order": "abba",
      "measure.*.preset": "csit",
      "nfs.*.drop.*.every": 1,
      "nfs.*.work.cycles": 0,
      "nfs.*.work.memory": "0KiB",
      "compare.repeats": 5,
    });
  });

  it("requires what has no default", () => {
    expect(schema.required).toEqual(["name", "cores", "nfs", "chains"]);
  });
});
