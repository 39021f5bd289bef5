import { z } from "zod";
import type { Lab } from "../../lab/lab.ts";
import type { Result } from "../../measure/result.ts";

const end = z.object({ nf: z.string(), port: z.number() });
const card = z.object({ attach: z.string() }).optional();
const cpus = z.object({
  owners: z.array(z.object({ host: z.string().optional(), cpu: z.number(), owners: z.array(z.string()) })),
  housekeeping: z.number(),
});

/** What reports and explanations look at in a lab. A file is asked for no more: the rest is there for people, and may differ from version to version. */
const lookedAt = z.object({
  schema: z.literal("corebed/lab/1"),
  cpus,
  nfs: z.array(z.object({ name: z.string(), app: z.string().optional() })),
  hops: z.array(
    z.object({
      chain: z.string(),
      datapath: z.string(),
      from: end,
      to: end,
      limit: z.object({ rateBps: z.number() }).optional(),
      nics: z.object({ out: card, in: card }).optional(),
    }),
  ),
  chains: z.array(z.object({ path: z.array(z.string()) })),
  parts: z.array(z.object({ host: z.string(), lab: z.object({ cpus }) })).optional(),
});

/** The resolved lab of an arm; undefined where the result carries none of this version: the rest of a result can be read without it. */
export function labOf(result: Result, name: string): Lab | undefined {
  const lab = Object.hasOwn(result.labs, name) ? result.labs[name] : undefined;
  return lookedAt.safeParse(lab).success ? (lab as Lab) : undefined;
}
