import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A link that takes its time, between a client on this machine and a port of it. */
export interface SlowLink extends AsyncDisposable {
  readonly port: number;
  /**
   * How many round trips followed each other, however long each took: every message carries how many it waited for, as in Lamport's clocks. What is sent side by
   * side counts once. Of the connection with the most since it was last asked.
   */
  readonly takeRoundTrips: () => number;
  /** Ends what goes over it now. */
  readonly cut: () => void;
}

/** Passes bytes on after half of the round trip's time, in order. */
export async function slowLink(toPort: number, roundTripMs: number): Promise<SlowLink> {
  const sockets = new Set<Socket>();
  let most = 0;
  const server = createServer({ noDelay: true }, (client) => {
    const far = connect({ port: toPort, host: "127.0.0.1", noDelay: true });
    // What each side has heard of when it sends: a client's message begins a round trip after the last that came to it.
    let atClient = 0;
    let atServer = 0;
    for (const socket of [client, far]) {
      sockets.add(socket);
      socket
        .on("error", () => {})
        .on("close", () => {
          sockets.delete(socket);
          client.destroy();
          far.destroy();
        });
    }
    client.on("data", (bytes: Buffer) => {
      const trip = atClient + 1;
      most = Math.max(most, trip);
      setTimeout(() => {
        atServer = Math.max(atServer, trip);
        far.write(bytes);
      }, roundTripMs / 2);
    });
    far.on("data", (bytes: Buffer) => {
      const trip = atServer;
      setTimeout(() => {
        atClient = Math.max(atClient, trip);
        client.write(bytes);
      }, roundTripMs / 2);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    takeRoundTrips: () => {
      const taken = most;
      most = 0;
      return taken;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
