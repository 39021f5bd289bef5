import { dockerClient } from "../host/docker.ts";
import { localHost } from "../host/local-host.ts";
import { imageSize, sendImage } from "../host/send-image.ts";
import type { Plan } from "../plan/plan.ts";
import type { World } from "./driver.ts";
import type { EmitApply } from "./event.ts";

/**
 * Sends the user's own images (`image:`) that a plan needs to another machine that lacks them, where this one has them. What neither has is told by the engine when its
 * container is made.
 */
export async function sendOwnImages(
  { operations }: Pick<Plan, "operations">,
  { host, docker: to, signal }: World,
  emit: EmitApply,
): Promise<void> {
  if (host.name === "local") return;
  const images = operations.flatMap((operation) =>
    operation.verb === "create" && operation.resource.kind === "nf" && operation.resource.spec.app === undefined
      ? [operation.resource.spec.image]
      : [],
  );
  for (const reference of new Set(images)) {
    if ((await imageSize(to, reference)) !== undefined) continue;
    const from = dockerClient(localHost());
    const bytes = await imageSize(from, reference);
    if (bytes === undefined) continue;
    const tell = (percent: number): void => emit({ type: "sending-image", reference, bytes, percent });
    tell(0);
    await sendImage({ from, to, reference, signal, onPercent: tell });
  }
}
