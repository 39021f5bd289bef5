import { numberAt, OvsTextError, optionalNumberAt, sections } from "./fields.ts";

/** Counters of one direction of a port; `undefined` is what OVS writes as `?`, a count that the device does not keep. */
export interface DatapathPortDirection {
  readonly packets: number | undefined;
  readonly bytes: number | undefined;
  /** On vhost ports, sending: `ovs_tx_failure_drops` and the other drops of OVS together, live. They survive a reconnect of the peer. */
  readonly dropped: number | undefined;
  readonly errors: number | undefined;
}

/** A port of a datapath, as `dpctl/show -s` gives it. */
export interface DatapathPort {
  /** The datapath's own number, which is not the OpenFlow port number. */
  readonly number: number;
  readonly name: string;
  /** `dpdkvhostuserclient`, `tap`, ... */
  readonly type: string;
  readonly mtu: number | undefined;
  /** `undefined` for a vhost port without a peer: OVS has no counters for it then. */
  readonly rx: DatapathPortDirection | undefined;
  readonly tx: DatapathPortDirection | undefined;
}

/** A datapath and its ports. */
export interface DatapathStats {
  readonly name: string;
  readonly lookupHits: number;
  readonly lookupMisses: number;
  readonly lookupsLost: number;
  readonly flows: number;
  readonly ports: readonly DatapathPort[];
}

/** Parses the text of `dpctl/show -s <datapath>` (lib/dpctl.c, show_dpif). Throws {@link OvsTextError}. */
export function parseDatapathShow(text: string): DatapathStats {
  const name = /^(\S+):$/m.exec(text)?.[1];
  if (name === undefined) throw new OvsTextError("no datapath in it");
  return {
    name,
    lookupHits: numberAt(text, /lookups: hit:(\d+)/, "lookups hit"),
    lookupMisses: numberAt(text, /lookups:.* missed:(\d+)/, "lookups missed"),
    lookupsLost: numberAt(text, /lookups:.* lost:(\d+)/, "lookups lost"),
    flows: numberAt(text, /^ {2}flows: (\d+)/m, "flows"),
    // Not anchored to the line: after "could not retrieve stats" OVS 3.1 forgets the line's end, and the next port follows on it.
    ports: sections(text, / {2}port (\d+): (\S+)(?: \(([^)]*)\))?/g).map(({ heading, body }) =>
      parsePort(heading, body),
    ),
  };
}

function parsePort(heading: RegExpExecArray, body: string): DatapathPort {
  const [, number, name = "", device = ""] = heading;
  return {
    number: Number(number),
    name,
    type: device.split(":", 1)[0] || "system",
    mtu: optionalNumberAt(device, /\bmtu=(\d+)/),
    rx: parseDirection(body, "RX"),
    tx: parseDirection(body, "TX"),
  };
}

function parseDirection(body: string, direction: "RX" | "TX"): DatapathPortDirection | undefined {
  const counts = new RegExp(`^ +${direction} packets:.*$`, "m").exec(body)?.[0];
  if (counts === undefined) return undefined;
  return {
    packets: optionalNumberAt(counts, / packets:(\d+)/),
    bytes: optionalNumberAt(body, new RegExp(`${direction} bytes:(\\d+)`)),
    dropped: optionalNumberAt(counts, / dropped:(\d+)/),
    errors: optionalNumberAt(counts, / errors:(\d+)/),
  };
}
