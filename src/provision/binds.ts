import type Docker from "dockerode";
import { type Host, HostError } from "../host/host.ts";
import type { Bind } from "../topology/binds.ts";

/**
 * Mounts for the Docker engine. Rejects with `HostError` where a place is not there, or is reached over a symbolic link: then it is not the place that
 * the file names and that was looked at.
 */
export async function mounts(
  host: Pick<Host, "run" | "name">,
  nf: string,
  binds: readonly Bind[],
): Promise<Docker.MountSettings[]> {
  return await Promise.all(
    binds.map(async ({ source, target, writable }) => {
      const attempted = `mount ${source} in NF ${nf}`;
      const { exitCode, stdout } = await host.run(["realpath", "-e", "--", source]);
      if (exitCode !== 0) throw new HostError(host.name, attempted, "there is no such file or directory");
      const real = stdout.replace(/\n$/, "");
      if (real !== source) {
        throw new HostError(host.name, attempted, `that leads over a symbolic link to ${real}; write that under binds`);
      }
      return {
        Type: "bind",
        Source: source,
        Target: target,
        ReadOnly: !writable,
        BindOptions: { Propagation: "rprivate" },
      } satisfies Docker.MountSettings;
    }),
  );
}
