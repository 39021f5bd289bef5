import type { DiagnosticList, Place } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import { label } from "../thing-names.ts";
import { APPS, type App, type NfSpec } from "../topology.ts";
import { anyOf, quote } from "../wording.ts";

/** An NF is either built in or an image, and only an image takes a command and an environment. */
export function nfRules({ nfs, traffic }: Draft, report: DiagnosticList): void {
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
    onlyFor(spec, "testpmd", spec.args === undefined ? [] : ["args"], report);
    onlyFor(spec, "l2fwd", forwardKeys(spec), report);
    if (spec.app === undefined && spec.driver !== undefined) {
      report.error({
        code: "needs-app",
        place: { path: [...path, "driver"], part: "key" },
        message: `NF ${label(name)} is an image of your own and takes no driver`,
        help: "remove driver: your program opens its interface as it likes",
      });
    }
    onlyFor(spec, "impair", impairKeys(spec), report);
    impairFits(spec, report);
    zeroCopyFits(spec, traffic, report);
    mountsDiffer(spec, report);
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
      ...(spec.binds === undefined ? [] : ["binds"]),
      ...(spec.capabilities === undefined ? [] : ["capabilities"]),
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

/** Two mounts in one place: the second would hide the first. */
function mountsDiffer({ name, binds = [] }: NfSpec, report: DiagnosticList): void {
  for (const [index, { target }] of binds.entries()) {
    const first = binds.findIndex((bind) => bind.target === target);
    if (first === index) continue;
    report.error({
      code: "mount-twice",
      place: { path: ["nfs", name, "binds", index] },
      message: `NF ${label(name)} has two mounts on ${quote(target)}`,
      help: "give one of them another place in the container",
      related: [{ place: { path: ["nfs", name, "binds", first] }, message: "first mounted here" }],
    });
  }
}

/** Settings that one built-in NF understands. */
function onlyFor(spec: NfSpec, app: App, keys: readonly string[], report: DiagnosticList): void {
  if (spec.app === app) return;
  for (const key of keys) {
    report.error({
      code: "needs-app",
      place: { path: ["nfs", spec.name, key], part: "key" },
      message: `NF ${label(spec.name)} is ${spec.app ?? "an image of your own"} and takes no ${key}`,
      help: `${key} goes with app: ${app}; remove it, or change the app`,
    });
  }
}

/** A ring whose slots are an NF's own buffers is none for a generator, which fills the same buffers again and again. */
function zeroCopyFits({ name, app, zeroCopy }: NfSpec, traffic: Draft["traffic"], report: DiagnosticList): void {
  if (!zeroCopy) return;
  const place: Place = { path: ["nfs", name, "memif", "zeroCopy"] };
  if (app !== "stats" && app !== "l2fwd") {
    report.error({
      code: "needs-app",
      place,
      message: `NF ${label(name)} is ${app ?? "an image of your own"} and receives nothing without a copy`,
      help: "remove zeroCopy; it goes with app: stats and app: l2fwd",
    });
  } else if (app === "stats" && traffic?.direction === "both") {
    report.error({
      code: "zero-copy-both-ways",
      place,
      message: `NF ${label(name)} sends as well, since traffic goes both ways, and a sender's buffers cannot be lent`,
      help: "remove zeroCopy, or send one way: direction: one",
      related: [{ place: { path: ["traffic", "direction"] }, message: "both ways here" }],
    });
  }
}

function forwardKeys({ app, forward }: NfSpec): readonly string[] {
  if (forward === undefined) return [];
  const keys = [
    ...(forward.drop.length > 0 ? ["drop"] : []),
    ...(forward.workCycles > 0 || forward.workBytes > 0 ? ["work"] : []),
  ];
  return keys.length > 0 || app === "impair" ? keys : ["mode"];
}

function impairKeys({ impair }: NfSpec): readonly string[] {
  if (impair === undefined) return [];
  const keys = [
    ...(impair.delayNs > 0 ? ["delay"] : []),
    ...(impair.jitterNs > 0 ? ["jitter"] : []),
    ...(impair.lossRatio > 0 ? ["loss"] : []),
    ...(impair.duplicateRatio > 0 ? ["duplicate"] : []),
    ...(impair.reorderRatio > 0 ? ["reorder"] : []),
  ];
  return keys.length > 0 ? keys : ["seed"];
}

/** A packet can come neither before it was sent nor ahead of others where none waits. */
function impairFits({ name, app, impair }: NfSpec, report: DiagnosticList): void {
  if (app !== "impair" || impair === undefined) return;
  if (impair.jitterNs > impair.delayNs) {
    report.error({
      code: "jitter-beyond-delay",
      place: { path: ["nfs", name, "jitter"] },
      message: `jitter of NF ${label(name)} is more than its delay, and no packet can leave before it came`,
      help: "give a delay of at least the jitter",
    });
  }
  if (impair.reorderRatio > 0 && impair.delayNs === 0) {
    report.error({
      code: "reorder-without-delay",
      place: { path: ["nfs", name, "reorder"] },
      message: `NF ${label(name)} has nothing to reorder: without a delay no packet waits that another could overtake`,
      help: "add a delay, such as delay: 1ms",
    });
  }
}
