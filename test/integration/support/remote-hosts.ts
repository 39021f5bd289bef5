import { randomUUID } from "node:crypto";
import { dockerClient } from "../../../src/host/docker.ts";
import { localHost } from "../../../src/host/local-host.ts";
import { imageReferences } from "../../../src/setup/image-sources.ts";
import { plugCable } from "./cable.ts";
import { command } from "./command.ts";
import { ensureHostImage } from "./host-image.ts";
import { type HostInContainer, startEngine, startHost } from "./host-in-container.ts";
import { OWNER_LABEL, ownerHere, removeHosts } from "./host-leftovers.ts";
import { makeSshHome, type SshHome } from "./ssh-home.ts";

/** Which hosts are wanted. */
export interface RemoteHostsOptions<Names extends readonly string[]> {
  /** Their host names: one, or two that a cable joins. */
  readonly names: Names;
  /** Whether an engine runs on them already; true unless told otherwise. */
  readonly engine?: boolean;
  /** Whether their engines have corebed's images already; as `engine` unless told otherwise. */
  readonly images?: boolean;
}

/** Whole hosts, each in a container: sshd, an engine of their own, the machine's CPUs and huge pages. */
export interface RemoteHosts<Names extends readonly string[]> extends AsyncDisposable {
  /** Where their users come from, with a key that all of them let in, and their host keys known. */
  readonly home: SshHome;
  readonly hosts: { readonly [I in keyof Names]: HostInContainer };
}

/** Addresses that two hosts have on their `eth1`, the cable between them, as they are named: for documentation (RFC 5737), and so nobody's. */
export const CABLE_ADDRESSES = ["198.51.100.1", "198.51.100.2"] as const;

/** Starts them side by side, on a network that leads nowhere else. What a killed run of tests left is removed first. */
export async function startRemoteHosts<const Names extends readonly [string] | readonly [string, string]>(
  options: RemoteHostsOptions<Names>,
): Promise<RemoteHosts<Names>> {
  const { names, engine = true, images = engine } = options;
  const docker = dockerClient(localHost());
  await removeHosts(docker);
  const image = await ensureHostImage();
  const owner = await ownerHere();
  const home = await makeSshHome();
  const dispose = async (): Promise<void> => {
    await removeHosts(docker, owner);
    await home[Symbol.asyncDispose]();
  };
  try {
    const labels = { [OWNER_LABEL]: owner };
    const network = `corebed-hosts-${randomUUID().slice(0, 8)}`;
    await docker.createNetwork({ Name: network, Driver: "bridge", Internal: true, Labels: labels });
    const settings = { image, network, labels, letIn: home.key };
    const hosts = await Promise.all(names.map((name) => startHost(docker, { ...settings, name })));
    const [first, second] = hosts;
    if (first !== undefined && second !== undefined) {
      await plugCable("eth1", [
        { pid: first.pid, address: `${CABLE_ADDRESSES[0]}/30` },
        { pid: second.pid, address: `${CABLE_ADDRESSES[1]}/30` },
      ]);
    }
    await home.know(hosts);
    if (engine) await Promise.all(hosts.map(startEngine));
    if (images) await Promise.all(hosts.map(giveImages));
    return { home, hosts: hosts as RemoteHosts<Names>["hosts"], [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** corebed's images, which this machine has, by the engines' own means. */
async function giveImages({ id }: HostInContainer): Promise<void> {
  const references = (await imageReferences()).map(({ reference }) => reference);
  const script = 'id=$0; docker save "$@" | docker exec -i "$id" docker load';
  await command("bash", "-o", "pipefail", "-c", script, id, ...references);
}
