import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import { label } from "../thing-names.ts";
import { APPS } from "../topology.ts";
import { anyOf } from "../wording.ts";

/** An NF is either built in or an image, and only an image takes a command and an environment. */
export function nfRules({ nfs }: Draft, report: DiagnosticList): void {
  for (const { name, spec } of nfs ?? []) {
    if (spec === undefined) continue;
    const path = ["nfs", name];
    if (spec.app === undefined && spec.image === undefined) {
      report.error({
        code: "nf-without-app",
        place: { path, part: "key" },
        message: `NF ${label(name)} has neither app nor image`,
        help: `write app: ${anyOf(APPS)} for a built-in NF, or image: with one of your own`,
      });
    }
    if (spec.app === undefined) continue;
    const appPlace = { path: [...path, "app"] };
    if (spec.image !== undefined) {
      report.error({
        code: "app-and-image",
        place: { path: [...path, "image"], part: "key" },
        message: `NF ${label(name)} has both app and image`,
        help: "keep app for the built-in NF, or image for your own",
        related: [{ place: appPlace, message: "app given here" }],
      });
      continue;
    }
    const foreign = [
      ...(spec.command === undefined ? [] : ["command"]),
      ...(Object.keys(spec.env).length === 0 ? [] : ["env"]),
    ];
    for (const key of foreign) {
      report.error({
        code: "needs-image",
        place: { path: [...path, key], part: "key" },
        message: `NF ${label(name)} is built in (${spec.app}) and takes no ${key}`,
        help: `remove ${key}, or use image: instead of app:`,
        related: [{ place: appPlace, message: "app given here" }],
      });
    }
  }
}
