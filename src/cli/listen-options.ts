import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { LARGEST_SETTINGS_BYTES, readText } from "../host/read-at-most.ts";
import { type Access, SHORTEST_TOKEN } from "../run/exporter/access.ts";
import { isLoopback } from "../run/exporter/listen-address.ts";
import type { ListenAddress } from "../run/exporter/server.ts";
import { EXIT, Exit } from "./exit.ts";
import { note } from "./terminal.ts";
import { whyUnread } from "./why-unread.ts";

/** Options of a server that others than this machine may reach. */
export interface AccessOptions {
  readonly tokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** Adds them. */
export function addAccessOptions(command: Command): Command {
  return command
    .option("--token-file <file>", "what clients must bring, needed on any address but loopback; alone in a file")
    .option("--tls-cert <file>", "serve HTTPS with this certificate (PEM, with its chain)")
    .option("--tls-key <file>", "and this key (PEM)");
}

/** Reads the files that the options name; ends the command where they do not do for the address. A token is in a file, since all may read a command line. */
export async function accessOf(listen: ListenAddress, options: AccessOptions): Promise<Access> {
  const { tokenFile, tlsCert, tlsKey } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new Exit(EXIT.usage, "error: --tls-cert and --tls-key go together");
  }
  if (tokenFile === undefined && !isLoopback(listen)) throw tokenNeeded(listen);
  const [token, cert, key] = await Promise.all([
    tokenFile === undefined ? undefined : readToken(tokenFile),
    tlsCert === undefined ? undefined : contentOf(tlsCert),
    tlsKey === undefined ? undefined : contentOf(tlsKey),
  ]);
  if (cert === undefined && !isLoopback(listen)) {
    note("warning: without --tls-cert and --tls-key the token and all figures cross the network in clear text");
  }
  return { token, tls: cert === undefined || key === undefined ? undefined : { cert, key } };
}

/** For the endpoint that is beside a measurement, which has no such options. */
export function requireLoopback(listen: ListenAddress): void {
  if (isLoopback(listen)) return;
  throw new Exit(
    EXIT.usage,
    "error: --metrics listens on loopback only\n  = help: for other addresses run corebed serve --listen ADDRESS:PORT --token-file FILE beside it",
  );
}

function tokenNeeded({ host, port }: ListenAddress): Exit {
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new Exit(
    EXIT.usage,
    `error: others reach ${address}, and all of them could read the labs' figures\n  = help: make a token, which clients then have to bring:\n    (umask 077; openssl rand -hex 32 > token) and add --token-file token`,
  );
}

async function readToken(path: string): Promise<string> {
  const token = (await contentOf(path)).trim();
  const help = "make one with: (umask 077; openssl rand -hex 32 > token)";
  if (!/^[\w\-.~+/=]+$/.test(token) || token.length < SHORTEST_TOKEN) {
    const problem = `must hold one word of at least ${SHORTEST_TOKEN} letters, digits and any of -._~+/=`;
    throw new Exit(EXIT.usage, `error: ${path} ${problem}\n  = help: ${help}`);
  }
  const { mode } = await stat(path);
  if ((mode & 0o007) !== 0) {
    throw new Exit(EXIT.usage, `error: everyone on this machine can read ${path}\n  = help: chmod 600 ${path}`);
  }
  return token;
}

async function contentOf(path: string): Promise<string> {
  return await readText(path, LARGEST_SETTINGS_BYTES).catch((error: unknown) => {
    throw new Exit(EXIT.usage, `error: ${path}: ${whyUnread(error)}`);
  });
}
