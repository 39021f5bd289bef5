import type { Command } from "commander";
import type { Host } from "../../host/host.ts";
import { readNics, USER_DRIVERS } from "../../host/nics/read-nics.ts";
import { pciName } from "../../host/parse/pci-ids.ts";
import { pciAddress } from "../../host/parse/uevent.ts";
import type { NicFacts, VfioFacts } from "../../lab/host-facts.ts";
import { groupBlockers, isForceable, refusals } from "../../lab/nic-uses.ts";
import { allowNoIommu, bindNic, unbindNic } from "../../provision/nic-binding.ts";
import { nicRecords, readNicRecord } from "../../provision/nic-record.ts";
import { formatNics, type ListedNic } from "../../report/nic-text.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption } from "../host-option.ts";
import { requireRoot } from "../root.ts";
import { commandName, openSession } from "../session.ts";
import { outputOf, print, printJson } from "../terminal.ts";

interface BindOptions extends HostOption {
  readonly driver: string;
  readonly force?: boolean;
  /** Commander's way with `--no-iommu`: true unless given. */
  readonly iommu: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `corebed nic list|bind|unbind`: network cards and the drivers that have them. */
export function addNic(program: Command): void {
  const nic = program
    .command("nic")
    .description("show network cards, and give one to DPDK or back to the kernel")
    .addHelpText(
      "after",
      examples(
        ["corebed nic list", "cards, drivers, what they are in use for"],
        ["corebed nic bind 0000:03:00.0", "give it to DPDK"],
      ),
    );
  addList(nic);
  addBind(nic);
  addUnbind(nic);
}

function addList(nic: Command): void {
  addHostOption(nic.command("list"))
    .description("show the network cards on the PCI bus and their virtual functions; changes nothing")
    .option("--json", "print as JSON")
    .addHelpText("after", examples(["corebed nic list", "cards, drivers, what they are in use for"]))
    .action(async (options: HostOption & { readonly json?: boolean }) => {
      const { host } = openSession(options).world;
      const { nics, vfio } = await readNics(host);
      const listed = await withNames(host, nics);
      if (options.json === true) printJson({ nics: listed, vfio });
      else print(formatNics(listed, vfio, outputOf(process.stdout)));
    });
}

function addBind(nic: Command): void {
  addHostOption(nic.command("bind"))
    .description("take a card from the kernel, for DPDK; what it had is remembered")
    .argument("<card>", "PCI address or interface")
    .option("--driver <name>", `driver for programs: ${USER_DRIVERS.join(", ")}`, "vfio-pci")
    .option("--force", "even if its interface is up, has addresses or virtual functions")
    .option("--no-iommu", "allow VFIO to work without an IOMMU: the card can then write to all memory")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed nic bind 0000:03:00.0", "to vfio-pci"],
        ["corebed nic bind ens1f0 --dry-run", "only tell"],
        ["corebed nic unbind 0000:03:00.0", "give it back"],
      ),
    )
    .addHelpText(
      "after",
      "\nA card that carries the default route or an SSH connection, or belongs to a\nbridge or bond, is never taken, not even with --force.",
    )
    .action(async (card: string, options: BindOptions) => {
      await requireRoot(options);
      const { host } = openSession(options).world;
      await using _lock = await host.lock("nics", commandName("nic bind", host));
      const { nics, vfio } = await readNics(host);
      const found = cardOf(card, nics);
      if (found.driver === options.driver) {
        report(options, { pci: found.pci, driver: options.driver, before: options.driver, changed: false });
        return;
      }
      refuse(found, vfio, options);
      const changed = options.dryRun !== true;
      if (changed && !options.iommu && !vfio.iommu) await allowNoIommu(host);
      if (changed) await bindNic(host, found, options.driver);
      report(options, { pci: found.pci, driver: options.driver, before: found.driver, changed });
    });
}

function addUnbind(nic: Command): void {
  addHostOption(nic.command("unbind"))
    .description("give a card back to the driver that it had")
    .argument("<card>", "PCI address")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--json", "print what was done as JSON")
    .addHelpText("after", examples(["corebed nic unbind 0000:03:00.0", "back to the kernel's driver"]))
    .action(async (card: string, options: HostOption & { readonly dryRun?: boolean; readonly json?: boolean }) => {
      await requireRoot(options);
      const { host } = openSession(options).world;
      await using _lock = await host.lock("nics", commandName("nic unbind", host));
      const { nics } = await readNics(host);
      const found = cardOf(card, nics);
      const lab = (await readNicRecord(host, found.pci, "lab"))?.lab?.name;
      if (lab !== undefined) {
        throw new Exit(
          EXIT.unavailable,
          `error: lab ${lab} has ${found.pci}\n  = help: corebed destroy ${lab} gives it back`,
        );
      }
      const record = await readNicRecord(host, found.pci, "user");
      const kernels = record === undefined && !USER_DRIVERS.includes(found.driver ?? "");
      const before = found.driver;
      if (kernels || options.dryRun === true) {
        report(options, { pci: found.pci, driver: kernels ? before : record?.driver, before, changed: false });
        return;
      }
      report(options, { pci: found.pci, driver: await unbindNic(host, found.pci), before, changed: true });
    });
}

/** With names, and with what corebed remembers of them. */
async function withNames(host: Host, nics: readonly NicFacts[]): Promise<readonly ListedNic[]> {
  const databases = nics.length === 0 ? [] : ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"];
  const texts = await Promise.all(databases.map((path) => host.read(path)));
  const database = texts.find((text) => text !== undefined) ?? "";
  const [byUser, byLab] = [await nicRecords(host, "user"), await nicRecords(host, "lab")];
  return nics.map((nic) => {
    const own = ({ pci }: { readonly pci: string }) => pci === nic.pci;
    const [first, lab] = [byUser.find(own), byLab.find(own)];
    const record = first ?? lab;
    return {
      ...nic,
      name: pciName(database, nic.id),
      before: record === undefined ? undefined : { driver: record.driver },
      lab: lab?.lab?.name,
    };
  });
}

function cardOf(text: string, nics: readonly NicFacts[]): NicFacts {
  const pci = pciAddress(text);
  const found = nics.find((nic) => nic.pci === pci || nic.interfaces.includes(text));
  if (found !== undefined) return found;
  throw new Exit(
    EXIT.badInput,
    `error: there is no network card ${text} on the PCI bus\n  = help: corebed nic list shows those that there are`,
  );
}

function refuse(nic: NicFacts, vfio: VfioFacts, options: BindOptions): void {
  const stop = (problem: string, help: string): never => {
    throw new Exit(EXIT.unavailable, `error: ${problem}\n  = help: ${help}`);
  };
  if (!USER_DRIVERS.includes(options.driver)) {
    throw new Exit(
      EXIT.usage,
      `error: ${options.driver} is no driver that hands cards to programs\n  = help: use one of ${USER_DRIVERS.join(", ")}; corebed nic unbind gives a card back to the kernel's`,
    );
  }
  const [worst] = refusals(nic, { force: options.force === true });
  if (worst !== undefined) {
    stop(
      `${nic.pci} ${worst.text}: it is not taken`,
      isForceable(nic)
        ? "if nobody needs it any more: --force"
        : "use a card that nothing else needs; corebed nic list",
    );
  }
  if (options.driver !== "vfio-pci") return;
  if (!vfio.driver) stop("the driver vfio-pci is not loaded", "modprobe vfio-pci");
  if (nic.iommuGroup === undefined && options.iommu && !vfio.noIommu) {
    stop(
      `${nic.pci} is behind no IOMMU, so that it could write to all memory of this host`,
      "switch the IOMMU on (firmware, and intel_iommu=on on the kernel's command line), or take the risk with --no-iommu",
    );
  }
  const blockers = groupBlockers(nic);
  if (blockers.length > 0) {
    stop(
      `${nic.pci} shares IOMMU group ${nic.iommuGroup} with ${blockers.join(", ")}, which the kernel uses`,
      "put the card into a slot with a group of its own, or take those devices from the kernel as well",
    );
  }
}

interface Outcome {
  readonly pci: string;
  readonly driver: string | undefined;
  readonly before: string | undefined;
  readonly changed: boolean;
}

function report(options: { readonly dryRun?: boolean; readonly json?: boolean }, outcome: Outcome): void {
  const { pci, driver, before, changed } = outcome;
  if (options.json === true) {
    printJson(outcome);
    return;
  }
  const [from, to] = [before ?? "no driver", driver ?? "the driver that the kernel chooses"];
  if (from === to) print(`${pci} is with ${to}: nothing to do.`);
  else if (changed) print(`${pci} went from ${from} to ${to}.`);
  else print(`${pci} would go from ${from} to ${to}; nothing was changed.`);
}
