import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import { type Resource, type SwarmSpec, specDigest } from "../lab/resource.ts";
import type { Observed } from "../plan/plan.ts";
import type { Driver, Observe, Reader, World } from "./driver.ts";
import { LABEL } from "./labels.ts";
import { isNotFound } from "./not-found.ts";
import { readSwarm, SWARM_MARK, type SwarmState, swarmHolders } from "./swarm-state.ts";

/** Of a swarm's managers among themselves. */
const PORT = 2377;
/** The bridge that Docker makes with a swarm and leaves behind. */
const GATEWAY_NETWORK = "docker_gwbridge";
/** Starting and leaving take a second or two each. */
const LOCK_WAIT_MS = 60_000;

type SwarmResource = Extract<Resource, { kind: "swarm" }>;

/** The swarm that corebed started, as far as the lab holds it. */
export const observeSwarm: Observe = async ({ docker }, lab) => {
  const swarm = await docker.swarm();
  const digest = swarm?.labels[`${SWARM_MARK.holder}${lab}`];
  if (digest === undefined) return [];
  const found: Observed = {
    kind: "swarm",
    id: "swarm:docker",
    lab,
    digest,
    spec: undefined,
    problem: undefined,
    inside: undefined,
    hugePages: 0,
  };
  return [found];
};

/** Labs that hold a swarm of corebed's. */
export async function swarmLabs({ docker }: Reader): Promise<readonly string[]> {
  return swarmHolders((await docker.swarm())?.labels ?? {});
}

/**
 * Docker's swarm mode, on this machine alone. Labs share it: each writes its name on it, and the last to go ends it. A swarm that somebody else started bears no mark of
 * corebed's, and none is put on it.
 */
export const swarmDriver: Driver<"swarm"> = {
  create: (world, resource) => alone(world, resource.lab, () => hold(world.docker, resource)),
  update: async () => {},
  delete: (world, observed) => alone(world, observed.lab, () => letGo(world, observed.lab)),
};

async function alone({ host }: World, lab: string, change: () => Promise<void>): Promise<void> {
  await using _lock = await host.lock("swarm", `lab ${lab}`, LOCK_WAIT_MS);
  await change();
}

async function hold(docker: Docker, resource: SwarmResource): Promise<void> {
  const swarm = await readSwarm(docker);
  const mark = { [`${SWARM_MARK.holder}${resource.lab}`]: specDigest(resource.spec) };
  if (swarm === undefined) return start(docker, resource.spec, mark);
  if (swarm.labels[SWARM_MARK.started] !== undefined) await label(docker, swarm, { ...swarm.labels, ...mark });
}

async function start(docker: Docker, { address }: SwarmSpec, mark: Readonly<Record<string, string>>): Promise<void> {
  const networks = await attempt("list networks", docker.listNetworks());
  const keeps = networks.some(({ Name }) => Name === GATEWAY_NETWORK);
  await attempt(
    `start a swarm on ${address}`,
    docker.swarmInit({
      ListenAddr: `${address}:${PORT}`,
      AdvertiseAddr: address,
      DataPathAddr: address,
      Spec: {
        Labels: { [SWARM_MARK.started]: "started", ...(keeps && { [SWARM_MARK.keepsGateway]: "true" }), ...mark },
      },
    }),
  );
}

async function letGo({ docker }: World, lab: string): Promise<void> {
  const swarm = await readSwarm(docker);
  const own = `${SWARM_MARK.holder}${lab}`;
  if (swarm === undefined || swarm.labels[own] === undefined) return;
  const { [own]: _mark, ...others } = swarm.labels;
  if (swarmHolders(others).length > 0) return label(docker, swarm, others);
  if (await isUsedByOthers(docker)) {
    // Whoever has taken it into use keeps it: from now on it is as if they had started it.
    const kept = Object.entries(others).filter(([name]) => !name.startsWith(SWARM_MARK.started));
    return label(docker, swarm, Object.fromEntries(kept));
  }
  await attempt("leave the swarm", docker.swarmLeave({ force: true }));
  if (swarm.labels[SWARM_MARK.keepsGateway] === undefined) await removeGateway(docker);
}

async function label(docker: Docker, { version, spec }: SwarmState, labels: SwarmState["labels"]): Promise<void> {
  await attempt("label the swarm", docker.swarmUpdate({ _query: { version }, _body: { ...spec, Labels: labels } }));
}

/** Other machines in it, services, or networks that no lab made. */
async function isUsedByOthers(docker: Docker): Promise<boolean> {
  const [nodes, services, networks] = await Promise.all([
    attempt("list the swarm's machines", docker.listNodes()),
    attempt("list services", docker.listServices()),
    attempt("list networks", docker.listNetworks()),
  ]);
  const foreign = networks.filter(
    ({ Scope, Ingress, Labels }) => Scope === "swarm" && Ingress !== true && Labels?.[LABEL.lab] === undefined,
  );
  return nodes.length > 1 || services.length > 0 || foreign.length > 0;
}

async function removeGateway(docker: Docker): Promise<void> {
  try {
    await attempt(`remove network ${GATEWAY_NETWORK}`, docker.getNetwork(GATEWAY_NETWORK).remove());
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
