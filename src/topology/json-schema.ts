import { z } from "zod";
import { schemas } from "./schema.ts";

export const TOPOLOGY_SCHEMA_ID = "https://corebed.dev/schema/topology/1";

/** The JSON Schema of a topology file, in draft 7: the one that editors' YAML extensions know best. */
export function topologySchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(schemas.root, {
    target: "draft-7",
    io: "input",
    // Leaves bring their own keywords.
    unrepresentable: "any",
    // zod drops the examples of what it transforms, taking them for values after the transformation; ours are what the user writes.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  return { $schema, $id: TOPOLOGY_SCHEMA_ID, ...rest };
}
