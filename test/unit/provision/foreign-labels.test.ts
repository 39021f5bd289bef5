import type Docker from "dockerode";
import { expect, test } from "vitest";
import { labResources } from "../../../src/lab/resources.ts";
import { observeContainers } from "../../../src/provision/container.ts";
import type { Reader } from "../../../src/provision/driver.ts";
import { LABEL, labelsOf } from "../../../src/provision/labels.ts";
import { labNames } from "../../../src/provision/observe.ts";
import { example, labOf } from "../lab/make-lab.ts";

const LAB = labOf(example("pktgen-stats.yaml"));
const NF = labResources(LAB).find(({ id }) => id === "nf:gen");
if (NF?.kind !== "nf") throw new Error("no such NF");
const LABELS = labelsOf(NF);

/** A host on which these containers are, and nothing else. */
function readerWith(...containers: readonly Partial<Docker.ContainerInfo>[]): Reader {
  const found = containers.map((container) => ({ State: "running", Status: "Up", ...container }));
  return {
    host: { name: "local", list: async () => undefined, read: async () => undefined },
    docker: { containers: async () => found, networks: async () => [], swarm: async () => undefined },
  } as unknown as Reader;
}

function observed(...containers: readonly Partial<Docker.ContainerInfo>[]) {
  return observeContainers("nf")(readerWith(...containers), LAB.name);
}

test("a lab's container is known by its labels and its name", async () => {
  expect(await observed({ Names: [`/${NF.spec.container}`], Labels: LABELS })).toMatchObject([{ id: "nf:gen" }]);
});

test("an image cannot make its container pass for a part of a lab, nor have another container removed", async () => {
  const pretending = { Names: ["/somebody"], Labels: LABELS };
  const spec = JSON.stringify({ ...NF.spec, container: "production-db" });
  const pointing = { Names: [`/${NF.spec.container}`], Labels: { ...LABELS, [LABEL.spec]: spec } };
  expect(await observed(pretending, pointing)).toEqual([]);
});

test("a label that is no name of a lab is no lab", async () => {
  const named = (name: string) => ({ Names: ["/x"], Labels: { [LABEL.lab]: name } });
  expect(await labNames(readerWith(named("../../home"), named(""), named("a/b"), named("lab-1")))).toEqual(["lab-1"]);
});
