import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { resolveLab } from "../../src/lab/resolve.ts";
import { labResources } from "../../src/lab/resources.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import { formatPlan } from "../../src/report/plan-text.ts";
import { formatDiagnostics } from "../../src/topology/code-frame.ts";
import { hideValues } from "../../src/topology/hide-values.ts";
import { parseTopology } from "../../src/topology/parse-topology.ts";
import { hostWith } from "../unit/lab/hosts.ts";
import { CONTROL, LIMIT_MS, near, share } from "./cases.ts";

const FOLDERS = ["corpus/topology/", "../topologies/bad/", "../topologies/warnings/", "../../topologies/"];
const CORPUS = FOLDERS.flatMap((folder) => {
  const at = new URL(folder, import.meta.url);
  return readdirSync(at)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => readFileSync(new URL(file, at)))
    .filter((bytes) => bytes.length < 20_000);
});
const FACTS = hostWith(16);
const OUTPUT = { color: false, width: 80, unicode: false } as const;

test("whatever a topology file holds, the answer is a lab or errors with places, in bounded text", {
  timeout: LIMIT_MS,
}, () => {
  fc.assert(
    fc.property(near(CORPUS), (bytes) => {
      const parsed = parseTopology(bytes, "lab.yaml");
      hideValues(Buffer.from(bytes).toString("utf8"));
      if (!parsed.ok) {
        expect(parsed.diagnostics.length).toBeGreaterThan(0);
        expectPlain(formatDiagnostics(parsed.diagnostics, parsed.source, OUTPUT));
        return;
      }
      const lab = resolveLab(parsed.topology, parsed.source, FACTS, { fold: true, allowPrivileged: true });
      if (!lab.ok) expectPlain(formatDiagnostics(lab.diagnostics, parsed.source, OUTPUT));
      else expectPlain(formatPlan(makePlan(lab.lab.name, labResources(lab.lab), []), undefined, OUTPUT));
      expectContained(lab.ok ? labResources(lab.lab) : []);
    }),
    share(0.38),
  );
});

/** No control character reaches the terminal, and no word of a bug the reader. */
function expectPlain(text: string): void {
  expect(text).not.toMatch(CONTROL);
  expect(text.length).toBeLessThan(2_000_000);
}

/** Every path of a lab lies in the lab's own directory, and every name is one that Docker and the kernel take as it is. */
function expectContained(resources: ReturnType<typeof labResources>): void {
  for (const resource of resources) {
    expect(resource.id).toMatch(/^[a-z-]+:[a-z0-9().-]+$/);
    if (resource.kind === "directory")
      expect(resource.spec.path).toMatch(/^\/run\/corebed\/[a-z0-9][a-z0-9-]*(?:\/[a-z0-9][a-z0-9.-]*)?$/);
    if (resource.kind === "nf") expect(resource.spec.container).toMatch(/^corebed\.[a-z0-9-]+\.[a-z0-9-]+$/);
    if (resource.kind === "nic") expect(resource.spec.pci).toMatch(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/);
  }
}
