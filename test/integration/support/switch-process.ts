import { command } from "./command.ts";

/** Process id, on the host, of a program in a lab's switch. */
export async function switchProcess(lab: string, program: "ovsdb-server" | "ovs-vswitchd"): Promise<number> {
  const processes = await command("docker", "top", `corebed.${lab}.switch`, "-eo", "pid,comm");
  const pid = Number(new RegExp(`^\\s*(\\d+)\\s+${program}`, "m").exec(processes)?.[1]);
  if (!(pid > 1)) throw new Error(`no ${program} in lab ${lab}:\n${processes}`);
  return pid;
}

/** Stops the switch's database from answering; connections still come about. */
export async function hangDatabase(lab: string): Promise<void> {
  process.kill(await switchProcess(lab, "ovsdb-server"), "SIGSTOP");
}
