import type { JsonRpcClient } from "../rpc/json-rpc.ts";
import type { OpenFlowClient } from "../rpc/openflow/openflow-client.ts";
import type { HostReader } from "./driver.ts";
import { openBridge, openOvsdb } from "./ovs-connect.ts";

interface Link {
  readonly onClose: (listener: () => void) => unknown;
  readonly close: () => Promise<void>;
}

/**
 * The connections to switches that the steps of one plan share: opening one costs a round trip to the host. One that has ended, with its switch say, is opened anew by
 * whoever asks next. Who uses them does not close them.
 */
export class OvsLinks implements AsyncDisposable {
  readonly #host: HostReader;
  readonly #links = new Map<string, Promise<Link>>();

  constructor(host: HostReader) {
    this.#host = host;
  }

  /** The database of the OVS that runs in this directory. */
  database(runDirectory: string): Promise<JsonRpcClient> {
    return this.#shared(`${runDirectory} database`, () => openOvsdb(this.#host, runDirectory));
  }

  /** The OpenFlow management socket of a bridge. */
  bridge(runDirectory: string, bridge: string): Promise<OpenFlowClient> {
    return this.#shared(`${runDirectory} bridge ${bridge}`, () => openBridge(this.#host, runDirectory, bridge));
  }

  #shared<L extends Link>(key: string, open: () => Promise<L>): Promise<L> {
    const known = this.#links.get(key) as Promise<L> | undefined;
    if (known !== undefined) return known;
    const opened = open();
    const forget = (): void => {
      if (this.#links.get(key) === opened) this.#links.delete(key);
    };
    this.#links.set(key, opened);
    opened.then((link) => link.onClose(forget), forget);
    return opened;
  }

  /** Closes all that are open. */
  async [Symbol.asyncDispose](): Promise<void> {
    const links = [...this.#links.values()];
    this.#links.clear();
    await Promise.allSettled(links.map(async (link) => (await link).close()));
  }
}
