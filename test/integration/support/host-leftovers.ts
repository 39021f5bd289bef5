import type Docker from "dockerode";
import { ownIdentity, startTimeOf } from "../../../src/host/process-identity.ts";
import { eventually } from "./eventually.ts";

/** Label on all that a set of hosts is made of: the process that it belongs to, by number and time of start. */
export const OWNER_LABEL = "corebed.test-hosts";

/** The label's value for what this process makes. */
export async function ownerHere(): Promise<string> {
  const { pid, startTime } = await ownIdentity();
  return `${pid} ${startTime}`;
}

/** Removes containers, with their volumes, and networks of the label: those of one owner, or of processes that are gone. */
export async function removeHosts(docker: Docker, owner?: string): Promise<void> {
  const filters = { label: [owner === undefined ? OWNER_LABEL : `${OWNER_LABEL}=${owner}`] };
  const isOurs = async ({ [OWNER_LABEL]: label = "" }: Readonly<Record<string, string>>): Promise<boolean> => {
    const [pid, startTime] = label.split(" ");
    return label === owner || (await startTimeOf(Number(pid))) !== startTime;
  };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(async ({ Id, Labels }) => {
      if (await isOurs(Labels)) await removeContainer(docker, Id);
    }),
  );
  for (const { Id, Labels } of await docker.listNetworks({ filters })) {
    if (await isOurs(Labels ?? {})) await docker.getNetwork(Id).remove();
  }
}

/** An engine gives up on a host whose many processes take longer to end than it waits: they end all the same, and the next try finds them gone. */
async function removeContainer(docker: Docker, id: string): Promise<void> {
  const isGone = (): Promise<boolean> =>
    docker
      .getContainer(id)
      .remove({ force: true, v: true })
      .then(
        () => true,
        (error: { readonly statusCode?: number }) => error.statusCode === 404,
      );
  await eventually(isGone, { what: `container ${id} is removed`, timeoutMs: 120_000, intervalMs: 1_000 });
}
