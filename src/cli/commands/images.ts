import type { Command } from "commander";
import { table } from "../../report/table.ts";
import { makeImages, type SetupEvent } from "../../setup/fix.ts";
import { listImages } from "../../setup/images.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption } from "../host-option.ts";
import { requireRoot } from "../root.ts";
import { openSession } from "../session.ts";
import { showStep } from "../show-step.ts";
import { outputOf, print, printJson } from "../terminal.ts";

/** `corebed images build|list`: the images of switch and NFs. */
export function addImages(program: Command): void {
  const images = program
    .command("images")
    .description("build or list the images of the switch and the NFs")
    .addHelpText(
      "after",
      examples(
        ["corebed images build", "what is missing or out of date"],
        ["corebed images list", "what this host has"],
      ),
    );
  addHostOption(images.command("build"))
    .description("build what is missing or was built from other sources")
    .option("--no-cache", "build everything anew")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed images build", "what is missing or out of date"],
        ["corebed images build --no-cache", "everything, with the newest packages"],
      ),
    )
    .action(async (options: HostOption & { readonly cache: boolean; readonly json?: boolean }) => {
      await requireRoot(options);
      const { host, signal } = openSession(options).world;
      const json = options.json === true;
      const emit = (event: SetupEvent): void => {
        if (!json) showStep(event);
      };
      const { changes } = await makeImages(host, emit, { signal, noCache: !options.cache });
      if (json) printJson({ changes });
      else print(changes.length === 0 ? "All images are up to date." : changes.join("\n"));
    });
  addHostOption(images.command("list"))
    .description("show the images that this host has")
    .option("--json", "print as JSON")
    .addHelpText("after", examples(["corebed images list", "names, sizes, and whether they are current"]))
    .action(async (options: HostOption & { readonly json?: boolean }) => {
      const found = await listImages(openSession(options).world.docker);
      if (options.json === true) {
        printJson({ images: found });
        return;
      }
      const columns = [
        { header: "image" },
        { header: "MB", align: "right" },
        { header: "made" },
        { header: "state" },
      ] as const;
      const rows = found.map((image) => [
        image.reference,
        (image.sizeBytes / 1e6).toFixed(0),
        image.createdAt.slice(0, 16).replace("T", " "),
        image.current ? "current" : "of other sources",
      ]);
      if (rows.length === 0) print("There are no images of corebed's here. corebed images build makes them.");
      else print(table(columns, rows, outputOf(process.stdout)).lines.join("\n"));
    });
}
