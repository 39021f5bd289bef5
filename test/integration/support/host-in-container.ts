import type Docker from "dockerode";
import { GenericContainer, Wait } from "testcontainers";
import { command, lines } from "./command.ts";
import { eventually } from "./eventually.ts";
import { publicKey } from "./ssh-home.ts";

// Its reaper is an image from a registry, which a machine may not reach. What is left after a killed run is removed by the next one.
process.env.TESTCONTAINERS_RYUK_DISABLED = "true";

/** A whole host in a container. */
export interface HostInContainer {
  /** Its host name. */
  readonly name: string;
  /** Id of its container. */
  readonly id: string;
  /** Number of its first process on this machine. */
  readonly pid: number;
  /** Where this machine reaches it. */
  readonly address: string;
  /** For `--host`, as root. */
  readonly url: string;
  /** Public part of its host key, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** Runs a program there as root, not over SSH, and gives its output; an error unless it ends with 0. */
  readonly exec: (...argv: readonly string[]) => Promise<string>;
  /** Lets a key in besides, by the path of its private part, for root and for the user `guest`. */
  readonly letIn: (path: string) => Promise<void>;
  /** Takes the link between it and this machine down, until disposed of: nothing is refused, there is only no answer. */
  readonly unplug: () => Promise<AsyncDisposable>;
  /** Ends every connection to its sshd, as a router that forgets them would. */
  readonly cut: () => Promise<void>;
}

/** What one is started with. */
export interface HostSettings {
  readonly image: string;
  readonly name: string;
  /** Name of the Docker network that it is on. */
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Path of the private key whose public part is let in. */
  readonly letIn: string;
}

/** Not `privileged`, which an engine that lacks a capability itself cannot give: these, and no filters. (AUDIT_CONTROL: who became root by sudo gets a session of root's.) */
const CAPABILITIES = [
  "SYS_ADMIN",
  "NET_ADMIN",
  "SYS_PTRACE",
  "SYS_NICE",
  "IPC_LOCK",
  "DAC_READ_SEARCH",
  "AUDIT_CONTROL",
];
const KEY_FILES = { root: "/root/.ssh/authorized_keys", guest: "/home/guest/.ssh/authorized_keys" };

/** A container that may do what a host's root does, within namespaces of its own. */
class HostContainer extends GenericContainer {
  override beforeContainerCreated(): Promise<void> {
    // Groups of its own engine are then below its own.
    Object.assign(this.hostConfig, { CgroupnsMode: "private" });
    const tun = "/dev/net/tun";
    this.hostConfig.Devices = [{ PathOnHost: tun, PathInContainer: tun, CgroupPermissions: "rwm" }];
    return Promise.resolve();
  }
}

/** Starts one, with nothing but sshd on it, and waits until that answers. */
export async function startHost(docker: Docker, settings: HostSettings): Promise<HostInContainer> {
  const { image, name, network, labels } = settings;
  const content = `${await publicKey(settings.letIn)}\n`;
  const container = await new HostContainer(image)
    .withName(`${network}-${name}`)
    .withHostname(name)
    .withLabels(labels)
    .withNetworkMode(network)
    .withAddedCapabilities(...CAPABILITIES)
    .withSecurityOpt("seccomp=unconfined", "apparmor=unconfined")
    .withTmpFs({ "/run": "exec,mode=755" })
    .withCopyContentToContainer(Object.values(KEY_FILES).map((target) => ({ content, target, mode: 0o644 })))
    .withWaitStrategy(Wait.forLogMessage(/Server listening/))
    .start();
  const exec = async (...argv: readonly string[]): Promise<string> => {
    const { exitCode, output } = await container.exec([...argv]);
    if (exitCode !== 0) throw new Error(`${argv.join(" ")} on ${name} ended with ${exitCode}:\n${output}`);
    return output.trim();
  };
  const id = container.getId();
  const address = container.getIpAddress(network);
  const [type, key] = (await exec("cat", "/etc/ssh/ssh_host_ed25519_key.pub")).split(" ");
  return {
    name,
    id,
    pid: (await docker.getContainer(id).inspect()).State.Pid,
    address,
    url: `ssh://root@${address}`,
    hostKey: `${type} ${key}`,
    exec,
    letIn: async (path) => {
      await exec("sh", "-c", `echo "$0" | tee -a ${Object.values(KEY_FILES).join(" ")}`, await publicKey(path));
    },
    unplug: async () => {
      const link = await linkTo(Number(await exec("cat", "/sys/class/net/eth0/iflink")));
      await command("ip", "link", "set", link, "down");
      return {
        [Symbol.asyncDispose]: async () => {
          await command("ip", "link", "set", link, "up");
        },
      };
    },
    // The listener's own title has another ending.
    cut: async () => {
      await exec("pkill", "-KILL", "-f", "^sshd: .*notty");
    },
  };
}

/** Starts an engine there and waits until it answers. */
export async function startEngine({ name, exec }: HostInContainer): Promise<void> {
  await exec("sh", "-c", "setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &");
  const answers = (): Promise<boolean> =>
    exec("docker", "version").then(
      () => true,
      () => false,
    );
  await eventually(answers, { what: `the engine of ${name} answers`, timeoutMs: 60_000, intervalMs: 100 });
}

/** Name of this machine's link with a number. */
async function linkTo(index: number): Promise<string> {
  const found = (await lines("ip", "-oneline", "link")).find((line) => line.startsWith(`${index}: `));
  const name = found?.split(/[:@ ]+/)[1];
  if (name === undefined) throw new Error(`no link with the number ${index}`);
  return name;
}
