const APPS: Readonly<Record<string, string>> = { gen: "pktgen", fwd: "l2fwd", sink: "stats" };

interface Spread {
  /** The CPUs of host a beside the switch's, and those of host b. */
  readonly a?: string;
  readonly b?: string;
  readonly path?: string;
  /** More of the file. */
  readonly rest?: string;
}

/** A lab on two hosts with a tunnel between their switches; a generator on one and a receiver on the other unless told. */
export function spreadText({ a = "1: gen", b = "1: sink", path = "gen, sink", rest = "" }: Spread = {}): string {
  const nfs = path.split(", ").map((name) => `${name}: { app: ${APPS[name]} }`);
  return `name: spread
hosts:
  a: { address: ssh://root@rig1, tunnel: { interface: eth1, address: 192.0.2.1/24 } }
  b: { address: ssh://root@rig2, tunnel: { interface: eth1, address: 192.0.2.2/24 } }
cores:
  a: { 0: switch, ${a} }
  b: { 0: switch, ${b} }
nfs: { ${nfs.join(", ")} }
chains: { main: [${path}] }
${rest}`;
}
