import type { VirtioSpec } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabPort, LabVirtio } from "./lab.ts";

type Rings = Pick<LabPort, "queues" | "virtio">;

/** EAL's argument without which DPDK leaves AVX-512 alone. */
export const SIMD_512 = "--force-max-simd-bitwidth=512";

/** Whether a port's rings are packed and vectorised, for which the driver has code with AVX-512 only. */
export function wantsAvx512({ virtio }: { readonly virtio: VirtioSpec | undefined }): boolean {
  return virtio?.ring === "packed" && virtio.vectorised === true;
}

/** How the rings of a port are used on this host: what the file leaves open is vectorised where the CPUs can. */
export function labVirtio(virtio: VirtioSpec, { cpus }: Pick<HostFacts, "cpus">): LabVirtio {
  return { ...virtio, vectorised: virtio.vectorised ?? cpus.avx512 === true };
}

/** A port's device arguments that testpmd and corebed's own NFs spell alike: what differs from the usual, which for `mrg_rxbuf` is 0. */
export function virtioDevice({ queues, virtio }: Rings): string {
  const given = [
    ...(virtio?.mergeable === true ? ["mrg_rxbuf=1"] : []),
    ...(queues > 1 ? [`queues=${queues}`] : []),
    ...(virtio?.ring === "packed" ? ["packed_vq=1"] : []),
    ...(virtio?.inOrder === false ? ["in_order=0"] : []),
    ...(virtio?.vectorised === true ? ["vectorized=1"] : []),
  ];
  return given.map((argument) => `,${argument}`).join("");
}
