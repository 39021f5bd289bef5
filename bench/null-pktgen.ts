import { imageReferences } from "../src/setup/image-sources.ts";
import { command } from "./command.ts";
import type { Row } from "./row.ts";

/** pktgen, with sequence number and stamp in every packet, against testpmd's txonly, both into the null driver on CPU 1. */
export async function benchNullPktgen(): Promise<readonly Row[]> {
  process.env.NF_IMAGE = (await imageReferences()).find((image) => image.name === "nf")?.reference;
  const { stdout } = await command(["bench/by-hand/null-pktgen.sh", "1", "0", "7", "2"]);
  const { ratio, ...rest } = JSON.parse(stdout) as { readonly ratio: number };
  return [
    {
      what: "pktgen into the null driver against testpmd txonly",
      measured: `${ratio.toFixed(2)}x ${JSON.stringify(rest)}`,
      target: "1.2x",
      reached: ratio >= 1.2,
    },
  ];
}
