import type { FlagCode } from "../measure/flag.ts";
import { FLAG_CODES } from "../measure/flag.ts";
import type { Arm } from "../measure/result.ts";

/** The flags of all arms, the most serious first, each sentence once: with the names it is about, unless it is about all. */
export function flagLines(arms: readonly Arm[]): readonly { readonly code: FlagCode; readonly text: string }[] {
  const armsByMessage = new Map<string, { code: FlagCode; names: string[] }>();
  for (const arm of arms) {
    for (const { code, message } of arm.flags) {
      const known = armsByMessage.get(message);
      if (known) known.names.push(arm.name);
      else armsByMessage.set(message, { code, names: [arm.name] });
    }
  }
  return [...armsByMessage]
    .map(([message, { code, names }]) => ({
      code,
      text: names.length === arms.length ? message : `${names.join(", ")}: ${message}`,
    }))
    .sort((a, b) => FLAG_CODES.indexOf(a.code) - FLAG_CODES.indexOf(b.code));
}
