import { type Resource, type ResourceKind, specDigest } from "../../../src/lab/resource.ts";
import type { Observed, Operation } from "../../../src/plan/plan.ts";
import { observedFrom } from "./observed.ts";

interface Thing {
  readonly observed: Observed;
  readonly digest: string;
  readonly inside: string | undefined;
  /** What it was attached to when it was made, and which one of that name it was. */
  readonly attached: ReadonlyMap<string, number>;
  readonly made: number;
}

/** Kinds of which the world takes no second one under the same name. */
const UNIQUE: ReadonlySet<ResourceKind> = new Set(["nf", "switch", "network", "veth"]);

/**
 * A world that knows what drivers know the hard way: a network in use cannot be removed, nor a directory with a live socket in it; what sits in something
 * goes with it; a container stays attached to the network that it was made on, and not to another of the same name.
 */
export class ModelWorld {
  readonly #things = new Map<string, Thing>();
  #clock = 0;

  /** A world in which these were made, in their order. */
  static of(resources: readonly Resource[]): ModelWorld {
    const world = new ModelWorld();
    for (const resource of resources) world.#make(resource);
    return world;
  }

  /** Somebody takes a thing away by force. */
  lose(id: string): void {
    this.#things.delete(id);
    for (const [other, thing] of this.#things) if (thing.inside === id) this.lose(other);
  }

  /** Something is not what its label says, or does not work. */
  spoil(id: string, parts: { readonly digest?: string; readonly problem?: Observed["problem"] }): void {
    const thing = this.#things.get(id);
    if (thing === undefined) return;
    const observed = { ...thing.observed, ...parts } as Observed;
    this.#things.set(id, { ...thing, observed, digest: parts.digest ?? thing.digest });
  }

  observe(): readonly Observed[] {
    const paused = [...this.#things.values()].some(
      ({ observed }) => observed.kind === "switch" && observed.problem !== undefined,
    );
    // Nobody answers in a switch that does not run.
    const hidden: ReadonlySet<ResourceKind> = new Set(paused ? (["switch-config", "bridge", "flows"] as const) : []);
    return [...this.#things.values()].map((thing) => thing.observed).filter((item) => !hidden.has(item.kind));
  }

  run(operation: Operation): void {
    if (operation.verb === "create") this.#create(operation.resource);
    else if (operation.verb === "update") this.#update(operation.resource);
    else this.#delete(operation.observed);
  }

  /** Each thing with the digest that it was made or changed to. */
  state(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#things].map(([id, thing]) => [id, thing.digest]));
  }

  /** Things that hang on something that is gone or was made anew, or do not work. */
  broken(): readonly string[] {
    return [...this.#things].flatMap(([id, thing]) => [
      ...[...thing.attached]
        .filter(([other, made]) => this.#things.get(other)?.made !== made)
        .map(([other]) => `${id} hangs on a ${other} that is no more`),
      ...(thing.observed.problem === undefined ? [] : [`${id} ${thing.observed.problem.text}`]),
    ]);
  }

  #create(resource: Resource): void {
    const missing = resource.needs.filter((id) => !this.#things.has(id));
    if (missing.length > 0) throw new Error(`create ${resource.id}: there is no ${missing.join(", ")}`);
    if (UNIQUE.has(resource.kind) && this.#things.has(resource.id)) {
      throw new Error(`create ${resource.id}: there is one already`);
    }
    this.#make(resource);
  }

  #make(resource: Resource): void {
    const { id, inside, boundTo, spec } = resource;
    const [observed] = observedFrom([resource]);
    if (observed === undefined) return;
    // Making a directory that is there changes nothing about it.
    const made = this.#things.get(id)?.made ?? this.#clock++;
    const others = new Set([...boundTo, ...mountsOf(resource)]);
    const attached = new Map([...others].map((other) => [other, this.#things.get(other)?.made ?? -1]));
    this.#things.set(id, { observed, digest: specDigest(spec), inside, attached, made });
  }

  #update(resource: Resource): void {
    const thing = this.#things.get(resource.id);
    if (thing === undefined) throw new Error(`update ${resource.id}: there is none`);
    const [observed] = observedFrom([resource]);
    if (observed === undefined) return;
    // Letting a container go on does not make it another.
    const digest = UNIQUE.has(resource.kind) ? thing.digest : specDigest(resource.spec);
    this.#things.set(resource.id, { ...thing, observed: { ...observed, digest } as Observed, digest });
  }

  #delete(item: Observed): void {
    if (item.inside?.startsWith("switch:") && !this.#things.has(item.inside)) {
      throw new Error(`delete ${item.id}: ${item.inside} is gone, and nobody answers`);
    }
    const user = [...this.#things].find(([, thing]) => {
      const { observed, attached } = thing;
      return attached.has(item.id) && observed.kind !== "directory" && observed.inside !== item.id;
    });
    const within = [...this.#things].filter(([, thing]) => thing.inside === item.id).map(([id]) => id);
    const inUse = [...this.#things].find(([, thing]) => within.some((id) => thing.attached.has(id)));
    if (user ?? inUse) throw new Error(`delete ${item.id}: ${(user ?? inUse)?.[0]} uses it`);
    this.lose(item.id);
  }
}

/** A container keeps the directory that it was started with, whatever becomes of the path. */
function mountsOf(resource: Resource): readonly string[] {
  if (resource.kind === "nf") return [`directory:${resource.spec.nf}`];
  return resource.kind === "switch" ? ["directory:switch"] : [];
}
