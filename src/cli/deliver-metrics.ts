import { type Command, InvalidArgumentError } from "commander";
import { Pushgateway } from "prom-client";
import type { Result } from "../measure/result.ts";
import { resultRegistry } from "../run/exporter/result-registry.ts";
import { EXIT, Exit } from "./exit.ts";
import { replaceFile } from "./write-whole.ts";

/** Where the figures of a result go besides its file. */
export interface DeliveryOptions {
  readonly push?: URL;
  readonly textfile?: string;
}

const PUSH_TIMEOUT_MS = 10_000;

/** Adds `--push` and `--textfile`. */
export function addDeliveryOptions(command: Command): Command {
  return command
    .option("--push <url>", "send the result's figures to a Prometheus Pushgateway", pushUrl)
    .option("--textfile <file>", "write them as a file for node_exporter's textfile collector (*.prom)", textfile);
}

/**
 * Sends and writes the figures as the options say. The result is in its file by then: what cannot be delivered ends the command with a reason, but loses
 * nothing.
 */
export async function deliverMetrics(result: Result, { push, textfile: path }: DeliveryOptions): Promise<void> {
  const registry = resultRegistry([result]);
  if (path !== undefined) await writeTextfile(path, await registry.metrics());
  if (push === undefined) return;
  const gateway = new Pushgateway(
    push.href.replace(/\/$/, ""),
    { timeout: PUSH_TIMEOUT_MS, ...(push.username !== "" && { auth: `${push.username}:${push.password}` }) },
    registry,
  );
  // One group a topology: a later run replaces the figures of an earlier one, and nobody else's.
  const groupings = { topology: result.topology.name };
  await gateway.push({ jobName: "corebed", groupings }).catch((error: Error) => {
    throw new Exit(
      EXIT.unavailable,
      `error: cannot push to ${push.origin}: ${error.message}\n  = help: the result file has all figures; is a Pushgateway listening there?`,
    );
  });
}

/** In one step, since the collector reads whenever it likes. */
async function writeTextfile(path: string, text: string): Promise<void> {
  await replaceFile(path, text).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Exit(
      EXIT.unavailable,
      `error: cannot write ${path} (${code})\n  = help: the result file has all figures`,
    );
  });
}

function pushUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol))
    throw new InvalidArgumentError("It takes a URL such as http://127.0.0.1:9091.");
  return url;
}

function textfile(path: string): string {
  // The collector reads no other files, and says nothing of those that it leaves out.
  if (!path.endsWith(".prom"))
    throw new InvalidArgumentError("node_exporter only reads files whose names end in .prom.");
  return path;
}
