import type { PlacedHost } from "../lab/lab.ts";
import { dockerName, labDirectory } from "../lab/names.ts";
import { ApplyFailedError, destroyLab } from "../provision/converge.ts";
import type { World } from "../provision/driver.ts";
import type { EmitApply } from "../provision/event.ts";
import { hostsOfNfs } from "../topology/crossing.ts";
import { type HostSpec, LOCAL_ADDRESS, SWITCH_OWNER, type Topology } from "../topology/topology.ts";
import { EXIT, Exit, type ExitCode } from "./exit.ts";
import { explain } from "./explain-error.ts";
import { Progress } from "./progress.ts";
import { openRigs } from "./rigs.ts";
import { lockLabs } from "./session.ts";
import { note, print, printJson } from "./terminal.ts";

/** What is left on a host that could not be cleaned up. */
interface Left {
  readonly host: string;
  readonly address: string;
  readonly reason: string;
  readonly code: ExitCode;
  /** It could be reached, and not all of it went: `reason` says what. */
  readonly reached: boolean;
  /** What the file would have there: whether it is, nobody can look. */
  readonly containers: readonly string[];
  readonly directory: string;
  /** What removes it later. */
  readonly command: string;
}

interface Removed {
  readonly host: string;
  readonly lab: string;
  readonly resources: number;
}

/** Labs of a topology that may be on a host: its own, and those that compare left. */
export type NamesOn = (world: World) => Promise<readonly string[]>;

/** `corebed destroy FILE` of a lab on several hosts: a host that cannot be reached keeps nothing on the others, and is told with what it may still have. */
export async function destroyParts(
  topology: Topology,
  namesOn: NamesOn,
  options: { readonly json?: boolean },
): Promise<void> {
  const json = options.json === true;
  const rigs = await openRigs(topology.hosts);
  const progress = new Progress({ quiet: json });
  const ends = await Promise.allSettled(
    rigs.all.map(({ host, session }) =>
      destroyOn(session.world, host, namesOn, (event) => progress.apply({ ...event, host: host.name })),
    ),
  );
  progress.end();
  const removed = ends.flatMap((end) => (end.status === "fulfilled" ? end.value : []));
  const left = ends.flatMap((end, index) => {
    const host = topology.hosts[index];
    if (end.status === "fulfilled" || host === undefined) return [];
    const { code, message } = explain(end.reason);
    if (code === EXIT.bug) throw end.reason;
    return [leftOn(topology, host, code, message, end.reason instanceof ApplyFailedError)];
  });
  if (json) printJson({ removed, left: left.map(({ code: _code, reached: _reached, ...rest }) => rest) });
  else tell(topology, removed, left);
  const [first] = left;
  if (first !== undefined)
    throw new Exit(left.some(({ code }) => code === EXIT.interrupted) ? EXIT.interrupted : first.code);
}

async function destroyOn(
  world: World,
  { name: host }: HostSpec,
  namesOn: NamesOn,
  emit: EmitApply,
): Promise<readonly Removed[]> {
  const removed: Removed[] = [];
  for (const lab of await namesOn(world)) {
    await using _lock = await lockLabs(world.host, [lab], "destroy");
    removed.push({ host, lab, resources: await destroyLab(lab, world, emit) });
  }
  return removed;
}

function leftOn(topology: Topology, host: HostSpec, code: ExitCode, message: string, reached: boolean): Left {
  const { name } = topology;
  const places = hostsOfNfs(topology.cores);
  const own = topology.nfs.filter((nf) => places.get(nf.name) === host.name).map((nf) => nf.name);
  const hasSwitch = topology.cores.some((core) => core.host === host.name && core.owners.includes(SWITCH_OWNER));
  return {
    host: host.name,
    address: host.address,
    reason: message.replace(/^error: /, ""),
    code,
    reached,
    containers: reached ? [] : [...own, ...(hasSwitch ? [SWITCH_OWNER] : [])].map((part) => dockerName(name, part)),
    directory: labDirectory(name),
    command: destroyCommand(name, host.address),
  };
}

function destroyCommand(lab: string, address: string): string {
  return `corebed destroy ${lab}${address === LOCAL_ADDRESS ? "" : ` --host ${address}`}`;
}

function tell({ name, hosts }: Topology, removed: readonly Removed[], left: readonly Left[]): void {
  const gone = removed.filter(({ resources }) => resources > 0);
  for (const { host, lab, resources } of gone) {
    print(`Lab ${lab} is gone from host ${host} (${resources} resources removed).`);
  }
  if (gone.length === 0 && left.length === 0)
    print(`There is nothing left of lab ${name} on its ${hosts.length} hosts.`);
  for (const { host, reason, reached, containers, directory, command } of left) {
    note(
      [
        `error: host ${host}: ${reason}`,
        ...(reached
          ? [`  = help: once that is mended: ${command}`]
          : [
              `  left there, if the lab was up: ${containers.join(", ")}, and ${directory}`,
              `  = help: once it can be reached: ${command}`,
            ]),
      ].join("\n"),
    );
  }
}

/** Other hosts of a lab of which one host's part is gone, with what removes theirs. */
export function tellOthers(lab: string, others: readonly PlacedHost[]): void {
  if (others.length === 0) return;
  const lines = others.map(({ name, address, hostname }) =>
    address === LOCAL_ADDRESS
      ? `  ${name}: corebed destroy ${lab}, on ${hostname} itself`
      : `  ${name}: ${destroyCommand(lab, address)}`,
  );
  note([`Lab ${lab} has parts on other hosts, which are not touched:`, ...lines].join("\n"));
}
