import { Option } from "commander";
import type { ResolveOptions } from "../lab/resolve.ts";

/** `--allow-privileged`, for all commands that start what a file names. */
export function allowPrivileged(): Option {
  return new Option(
    "--allow-privileged",
    "give images of the file's own what it asks for them of the host: capabilities, the host's network, places of its system",
  );
}

/** How labs are resolved, as far as the options that all share say it. */
export function resolveOptions(options: {
  readonly foldCores?: boolean | undefined;
  readonly allowPrivileged?: boolean | undefined;
}): ResolveOptions {
  return { fold: options.foldCores === true, allowPrivileged: options.allowPrivileged === true };
}
