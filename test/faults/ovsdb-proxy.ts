import { once } from "node:events";
import { rename, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";

/** How the database of a switch behaves. */
export const MANNERS = {
  "answers every transaction with an error": { fine: false },
  "answers a second late": { fine: true },
  "answers byte by byte": { fine: true },
  "never answers": { fine: false },
  "hangs up": { fine: false },
  "answers with what is no JSON": { fine: false },
  "refuses connections": { fine: false },
} as const satisfies Readonly<Record<string, { readonly fine: boolean }>>;

export type Manner = keyof typeof MANNERS;

/** Puts a server with bad manners in front of a switch's database until disposed of. */
export async function spoilDatabase(lab: string, manner: Manner): Promise<AsyncDisposable> {
  const path = `/run/corebed/${lab}/switch/db.sock`;
  const real = `${path}.real`;
  await rename(path, real);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const database = connect(real);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => void [client, database].map((end) => end.destroy()));
    }
    behave(manner, client, database);
  });
  server.listen(path);
  await once(server, "listening");
  if (manner === "refuses connections") {
    await stop(server);
    await leaveDeadSocket(path);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await stop(server);
      // Where the switch was made anew meanwhile, its own socket is in place.
      if (await isAnswered(path)) await rm(real, { force: true });
      else await rename(real, path).catch(() => {});
    },
  };
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

function stop(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

/** A socket's file that nobody listens on: its listener is moved away from under it before it ends. */
export async function leaveDeadSocket(path: string): Promise<void> {
  const server = createServer().listen(`${path}.dead`);
  await once(server, "listening");
  await rename(`${path}.dead`, path);
  await stop(server);
}

function behave(manner: Manner, client: Socket, database: Socket): void {
  switch (manner) {
    case "answers every transaction with an error":
      client.on("data", (chunk) => {
        const ids = [...String(chunk).matchAll(/"id":\s*(\d+)/g)].map(([, id]) => Number(id));
        for (const id of ids) {
          client.write(
            JSON.stringify({ id, result: null, error: { error: "resources exhausted", details: "by a test" } }),
          );
        }
      });
      break;
    case "answers a second late":
      client.pipe(database);
      database.on("data", (chunk) => void setTimeout(() => client.write(chunk), 1_000));
      break;
    case "answers byte by byte":
      client.setNoDelay(true);
      client.pipe(database);
      database.on("data", (chunk: Buffer) => {
        for (const byte of chunk) client.write(Buffer.of(byte));
      });
      break;
    case "hangs up":
      client.destroy();
      break;
    case "answers with what is no JSON":
      client.on("data", () => void client.write('{"id":0,]]'));
      break;
    case "never answers":
    case "refuses connections":
      break;
  }
}
