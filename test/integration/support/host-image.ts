import { fileURLToPath } from "node:url";
import { dockerClient } from "../../../src/host/docker.ts";
import { localHost } from "../../../src/host/local-host.ts";
import { Apt } from "../../../src/setup/apt.ts";
import { ensureBaseImage } from "../../../src/setup/base-image.ts";
import { buildImage } from "../../../src/setup/build-image.ts";
import { imageSource } from "../../../src/setup/image-sources.ts";

const FOLDER = fileURLToPath(new URL("host-image/", import.meta.url));
/** Says that it is a fixture; `corebed images` does not list it. */
const LABEL = "corebed.test-image";

/** The image of a whole host, built like corebed's own: from the same base, once for the same sources. Gives its reference. */
export async function ensureHostImage(): Promise<string> {
  const host = localHost();
  const docker = dockerClient(host);
  const { name, files, digest } = await imageSource("host", FOLDER);
  const reference = `corebed-test/${name}:${digest.slice(0, 12)}`;
  const found = await docker.listImages({ filters: { reference: [reference], label: [LABEL] } });
  if (found.length > 0) return reference;
  const base = await ensureBaseImage(host, docker, new Apt(host));
  const argument = base.reference === undefined ? {} : { arguments: { BASE: base.reference } };
  await buildImage(docker, { reference, files, labels: { [LABEL]: name }, ...argument });
  return reference;
}
