import type { FlagCode } from "../measure/flag.ts";
import { FLAG_CODES } from "../measure/flag.ts";
import type { Arm } from "../measure/result.ts";

/** The flags of all arms, the most serious first, each sentence once: with the datapaths it is about, unless it is about all. */
export function flagLines(arms: readonly Arm[]): readonly { readonly code: FlagCode; readonly text: string }[] {
  const datapathsByMessage = new Map<string, { code: FlagCode; datapaths: string[] }>();
  for (const arm of arms) {
    for (const { code, message } of arm.flags) {
      const known = datapathsByMessage.get(message);
      if (known) known.datapaths.push(arm.datapath);
      else datapathsByMessage.set(message, { code, datapaths: [arm.datapath] });
    }
  }
  return [...datapathsByMessage]
    .map(([message, { code, datapaths }]) => ({
      code,
      text: datapaths.length === arms.length ? message : `${datapaths.join(", ")}: ${message}`,
    }))
    .sort((a, b) => FLAG_CODES.indexOf(a.code) - FLAG_CODES.indexOf(b.code));
}
