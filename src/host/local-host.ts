import { connectUnix } from "./connect-unix.ts";
import type { Host } from "./host.ts";
import { localAppears } from "./local-appears.ts";
import { localFiles } from "./local-files.ts";
import { takeLock } from "./lock.ts";
import { runProcess } from "./run-process.ts";
import { surveyOneByOne } from "./survey.ts";

/** The machine that corebed runs on. It acts as the user who runs it: becoming root is not its business (see `setup/root.ts`). */
export function localHost(): Host {
  const name = "local";
  const files = localFiles(name);
  const run: Host["run"] = (argv, options) => runProcess(name, argv, options);
  return {
    name,
    ...files,
    run,
    survey: (request) => surveyOneByOne({ name, ...files, run }, request),
    appears: localAppears,
    lock: takeLock,
    connect: (path, options) => connectUnix(name, path, options),
  };
}
