import type { Host } from "../host/host.ts";
import { localHost } from "../host/local-host.ts";
import { localUser, readSshConfig } from "../remote/read-ssh-config.ts";
import { type RemoteHost, remoteHost } from "../remote/remote-host.ts";
import type { HostOption } from "./host-option.ts";
import { terminalPrompts } from "./terminal-prompts.ts";

/** Hosts that this command has opened: their connections would keep it from ending. */
const opened = new Map<string, RemoteHost>();

/** The machine that a command works on; everything of one command goes over one connection. */
export function openHost({ host }: HostOption): Host {
  if (host === undefined) return localHost();
  const key = JSON.stringify(host);
  const known = opened.get(key);
  if (known !== undefined) return known;
  const remote = remoteHost(host, async () => {
    const local = localUser();
    return { local, configText: await readSshConfig(local), prompts: terminalPrompts };
  });
  opened.set(key, remote);
  return remote;
}

/** Ends all connections: the last thing that a command does. */
export async function closeHosts(): Promise<void> {
  await Promise.all([...opened.values()].map((host) => host.close()));
  opened.clear();
}
