import { connectUnix } from "./connect-unix.ts";
import type { Host } from "./host.ts";
import { localFiles } from "./local-files.ts";
import { takeLock } from "./lock.ts";
import { runProcess } from "./run-process.ts";

/** The machine that corebed runs on. It acts as the user who runs it: becoming root is not its business (see `setup/root.ts`). */
export function localHost(): Host {
  const name = "local";
  return {
    name,
    ...localFiles(name),
    run: (argv, options) => runProcess(name, argv, options),
    lock: takeLock,
    connect: (path, options) => connectUnix(name, path, options),
  };
}
