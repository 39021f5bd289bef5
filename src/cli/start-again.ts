import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { EXIT } from "./exit.ts";

/** What a process that was started again is passed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Passed = (typeof SIGNALS)[number];

/** What was started may be there and not have connected yet. */
const COMING_UP_MS = 1_000;

/** Where `startAgain` can be heard: the name of an abstract Unix socket, which nothing has to remove. Nobody else can have taken it beforehand, for none can guess it. */
export function newStarterName(): string {
  return `corebed/starter/${randomUUID()}`;
}

/**
 * Starts a command with the terminal handed over, and gives the exit code with which this process has to end. Whoever is not root cannot send a signal to what sudo
 * has started, and sudo passes on none that comes from its own process group: so signals are told over a socket, to which `followStarter` in the other process
 * listens. Those of a terminal reach both by themselves.
 */
export async function startAgain(argv: readonly string[], name: string, interactive: boolean): Promise<number> {
  const followers = new Set<Socket>();
  const early: Passed[] = [];
  const server = createServer((socket) => {
    followers.add(socket);
    for (const signal of early.splice(0)) socket.write(`${signal}\n`);
    socket.on("error", () => {}).on("close", () => followers.delete(socket));
    socket.resume();
  });
  server.listen(`\0${name}`);
  await once(server, "listening");
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { stdio: "inherit" });
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (interactive && signal !== "SIGTERM") return;
      for (const follower of followers) follower.write(`${signal}\n`);
      if (followers.size > 0) return;
      early.push(signal);
      setTimeout(() => {
        // sudo still asks for a password: what it starts after all finds nobody here and ends.
        if (followers.size === 0) process.exit(EXIT.interrupted);
      }, COMING_UP_MS);
    });
  }
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? EXIT.interrupted;
}

/** In the process that was started again: does as the one that started it is told by signals, and comes to its end when that one is gone. */
export function followStarter(name: string): void {
  const starter = connect(`\0${name}`).setEncoding("utf8").unref();
  starter.on("data", (text: string) => {
    for (const word of text.split("\n")) if (isPassed(word)) process.kill(process.pid, word);
  });
  starter.on("error", () => {}).once("close", () => process.kill(process.pid, "SIGTERM"));
}

function isPassed(word: string): word is Passed {
  return SIGNALS.some((signal) => signal === word);
}
