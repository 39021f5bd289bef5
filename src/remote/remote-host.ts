import type { Client } from "ssh2";
import { type Host, HostError } from "../host/host.ts";
import { formatAddress, type RemoteAddress } from "../topology/host-address.ts";
import { Attendant } from "./attendant.ts";
import { becomeRoot } from "./become-root.ts";
import { Connection, type Opened } from "./connection.ts";
import { dial, logIn } from "./log-in.ts";
import { PromptAborted, type Prompts } from "./prompts.ts";
import { again, remoteFiles } from "./remote-files.ts";
import { RemoteLocks } from "./remote-locks.ts";
import { runRemote } from "./remote-run.ts";
import { connectRemote } from "./remote-socket.ts";
import { surveyRemote } from "./remote-survey.ts";
import { type LocalUser, SshConfigError, type Target, targetOf } from "./ssh-config.ts";

/** What opening a host needs of the machine that corebed runs on. */
export interface Surroundings {
  readonly local: LocalUser;
  /** The text of ssh's configuration. */
  readonly configText: string;
  readonly prompts: Prompts;
}

/** A machine behind SSH. */
export interface RemoteHost extends Host {
  /** Ends the connection. */
  close(): Promise<void>;
}

/**
 * A machine behind SSH as a `Host`: one connection, opened with the first call, through which everything goes. Its calls act as root there, whoever logs in.
 */
export function remoteHost(address: RemoteAddress, surroundings: () => Promise<Surroundings>): RemoteHost {
  const name = formatAddress(address);
  const connection = new Connection(name, async () => openConnection(name, address, await surroundings()));
  const locks = new RemoteLocks(connection);
  const attendant = new Attendant(connection);
  return {
    name,
    losses: () => connection.losses,
    ...remoteFiles(connection, attendant),
    survey: (request) => again(() => surveyRemote(name, attendant, request)),
    appears: (path, options) => again(() => attendant.appears(path, options)),
    run: (argv, options) => runRemote(connection, attendant, argv, options),
    lock: (lock, holder, waitMs) => locks.take(lock, holder, waitMs),
    connect: (path, options) => connectRemote(connection, attendant, path, options),
    close: () => connection.close(),
  };
}

async function openConnection(name: string, address: RemoteAddress, surroundings: Surroundings): Promise<Opened> {
  const { prompts } = surroundings;
  const opened: Client[] = [];
  const close = (): void => {
    for (const client of opened.toReversed()) client.end();
  };
  try {
    const target = targetFor(name, address, surroundings);
    let client: Client | undefined;
    for (const hop of [...jumpTargets(name, target, surroundings), target]) {
      const stream = client === undefined ? await dial(hop, name) : await forward(client, hop, name);
      client = await logIn(hop, stream, name, prompts);
      opened.push(client);
    }
    if (client === undefined) throw new Error("internal: no host to go to");
    if (target.user !== "root") {
      client = await becomeRoot(client, target.user, name, prompts);
      opened.push(client);
    }
    return { client, close };
  } catch (error) {
    close();
    if (error instanceof PromptAborted) throw new HostError(name, "log in", "aborted", { cause: error });
    throw error;
  }
}

function targetFor(name: string, address: RemoteAddress, { configText, local }: Surroundings): Target {
  try {
    return targetOf(address, configText, local);
  } catch (error) {
    if (error instanceof SshConfigError) throw new HostError(name, "read ssh's configuration", error.message);
    throw error;
  }
}

/** Each host to go through may itself be behind others, in its own part of the configuration. */
function jumpTargets(
  name: string,
  target: Target,
  surroundings: Surroundings,
  seen: readonly string[] = [],
): readonly Target[] {
  const [first, ...rest] = target.jumps;
  if (first === undefined) return [];
  const known = [...seen, target.alias];
  if (known.includes(first.host)) {
    throw new HostError(
      name,
      "read ssh's configuration",
      `ProxyJump leads in a circle: ${[...known, first.host].join(" -> ")}`,
    );
  }
  const jump = targetFor(name, first, surroundings);
  // Only the first of several is reached by its own way; each of the others through the one before it.
  return [
    ...jumpTargets(name, jump, surroundings, known),
    jump,
    ...rest.map((address) => ({ ...targetFor(name, address, surroundings), jumps: [] })),
  ];
}

function forward(through: Client, { hostName, port }: Target, host: string) {
  return new Promise<Parameters<typeof logIn>[1]>((resolve, reject) => {
    through.forwardOut("127.0.0.1", 0, hostName, port, (error, stream) => {
      if (error === undefined) resolve(stream);
      else
        reject(
          new HostError(host, `connect to ${hostName} port ${port} through another host`, error.message, {
            cause: error,
          }),
        );
    });
  });
}
