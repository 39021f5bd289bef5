import type { Duplex } from "node:stream";
import type { Client, ClientChannel, SFTPWrapper } from "ssh2";
import { HostError, LOST } from "../host/host.ts";

/** sshd lets this many sessions through one connection unless it is told otherwise (MaxSessions 10), less those of SFTP, of the locks and of the attendant. */
const MAX_COMMANDS = 7;
/** Losses within so long of a connection that was made anew are one and the same trouble. */
const EPISODE_MS = 10 * 60_000;

/** A connection that is there: the root user's, and what has to be closed with it. */
export interface Opened {
  readonly client: Client;
  readonly close: () => void;
}

/**
 * The one connection to a host, opened when it is first needed. One that is lost is opened once more by whatever asks next. That is done once in ten minutes: a host that
 * keeps going away ends what is under way instead of stretching it, and a process that lives for weeks outlives a loss now and then.
 */
export class Connection {
  readonly host: string;
  readonly #open: () => Promise<Opened>;
  readonly #nowMs: () => number;
  #current: Promise<Opened> | undefined;
  #sftp: Promise<SFTPWrapper> | undefined;
  #losses = 0;
  /** When one was last made in place of one that was lost. */
  #reopenedAtMs: number | undefined;
  #closed = false;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** Told when a connection was made in place of one that was lost, before anything goes through it. */
  onReopened: (connection: Client) => Promise<void> = () => Promise.resolve();

  constructor(host: string, open: () => Promise<Opened>, nowMs: () => number = () => performance.now()) {
    this.host = host;
    this.#open = open;
    this.#nowMs = nowMs;
  }

  /** How often the connection was lost. */
  get losses(): number {
    return this.#losses;
  }

  async client(): Promise<Client> {
    if (this.#closed) throw new HostError(this.host, "use the connection", "it is closed");
    this.#current ??= this.#opened();
    try {
      return (await this.#current).client;
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }

  async #opened(): Promise<Opened> {
    if (this.#reopenedAtMs !== undefined && this.#nowMs() - this.#reopenedAtMs < EPISODE_MS) {
      throw new HostError(this.host, "go on", `the connection was lost twice within ${EPISODE_MS / 60_000} minutes`);
    }
    const opened = await this.#open();
    opened.client.setMaxListeners(0); // one for each request under way
    const onClose = (): void => {
      if (this.#closed) return;
      this.#losses += 1;
      this.#current = undefined;
      this.#sftp = undefined;
      // What it went through, jump hosts say, is still there.
      opened.close();
    };
    opened.client.once("close", onClose);
    if (this.#losses > 0) {
      this.#reopenedAtMs = this.#nowMs();
      try {
        await this.onReopened(opened.client);
      } catch (error) {
        opened.client.off("close", onClose);
        opened.close();
        throw error;
      }
    }
    return opened;
  }

  /** The file transfer of the connection, which all calls share. */
  async sftp(): Promise<SFTPWrapper> {
    const client = await this.client();
    this.#sftp ??= new Promise((resolve, reject) => {
      const lost = (): void => reject(this.lost("open SFTP"));
      client.once("close", lost);
      unlessGone(lost, () =>
        client.sftp((error, sftp) => {
          client.off("close", lost);
          if (error !== undefined) reject(this.#refused("open SFTP", error));
          else resolve(sftp.setMaxListeners(0)); // one for each request under way
        }),
      );
    });
    try {
      return await this.#sftp;
    } catch (error) {
      this.#sftp = undefined;
      throw error;
    }
  }

  /** Starts a command, as soon as there are few enough others. */
  async command(text: string): Promise<ClientChannel> {
    if (this.#running >= MAX_COMMANDS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    // Who waits longest gets the place at once: in between somebody else could take it too.
    const release = (): void => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    };
    try {
      const channel = await this.unlimitedCommand(text);
      channel.once("close", release);
      return channel;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Starts a command that stays, and so is not counted. */
  async unlimitedCommand(text: string, client?: Client): Promise<ClientChannel> {
    const through = client ?? (await this.client());
    return await new Promise((resolve, reject) => {
      const lost = (): void => reject(this.lost("start a command"));
      through.once("close", lost);
      unlessGone(lost, () =>
        through.exec(text, (error, channel) => {
          through.off("close", lost);
          if (error === undefined) resolve(channel);
          else reject(this.#refused("start a command", error));
        }),
      );
    });
  }

  /** A stream to a Unix socket of the host. */
  async socket(path: string): Promise<Duplex> {
    const client = await this.client();
    return await new Promise((resolve, reject) => {
      const lost = (): void => reject(this.lost(`connect to ${path}`));
      client.once("close", lost);
      unlessGone(lost, () =>
        client.openssh_forwardOutStreamLocal(path, (error, channel) => {
          client.off("close", lost);
          if (error === undefined) resolve(closedWith(client, channel));
          else reject(error);
        }),
      );
    });
  }

  lost(attempted: string): HostError {
    return new HostError(this.host, attempted, LOST);
  }

  #refused(attempted: string, error: Error): HostError {
    const reason = /administratively prohibited|open failed/i.test(error.message)
      ? `${error.message}: the host's sshd does not allow it`
      : error.message;
    return new HostError(this.host, attempted, reason, { cause: error });
  }

  /** Ends it; commands that still run on the host are ended by their own end of input, or run on. */
  async close(): Promise<void> {
    this.#closed = true;
    const opened = await this.#current?.catch(() => undefined);
    opened?.close();
  }
}

/** ssh2 tells the end of a channel only to who reads it: one that is kept for later would seem to be open when its connection has gone. */
function closedWith(client: Client, channel: ClientChannel): ClientChannel {
  const onClose = (): void => void setImmediate(() => channel.emit("close"));
  client.once("close", onClose);
  channel.once("close", () => client.off("close", onClose));
  return channel;
}

/** ssh2 throws at once where its stream has ended and its close event is still to come. */
function unlessGone(lost: () => void, ask: () => unknown): void {
  try {
    ask();
  } catch {
    lost();
  }
}
