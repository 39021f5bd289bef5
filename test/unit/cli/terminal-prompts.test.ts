import { PassThrough } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { EXIT } from "../../../src/cli/exit.ts";
import { explain } from "../../../src/cli/explain-error.ts";
import { promptsAt } from "../../../src/cli/terminal-prompts.ts";

afterEach(() => void vi.restoreAllMocks());

/** A terminal at which nobody sits but the test. */
function terminal() {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough();
  let shown = "";
  output.on("data", (chunk) => {
    shown += chunk;
  });
  const interrupt = vi.fn();
  vi.spyOn(process.stderr, "write").mockImplementation((text) => output.write(text));
  const shows = (text: string) => expect.poll(() => shown).toContain(text);
  return { input, shows, shown: () => shown, interrupt, prompts: promptsAt({ input, output, interrupt }) };
}

test("of two questions at once the second is asked when the first is answered, and each gets its own answer", async () => {
  const { prompts, input, shows, shown } = terminal();
  const first = prompts.askHidden("password on a: ");
  const second = prompts.askHidden("password on b: ");
  await shows("password on a: ");
  input.write("for a\n");
  await shows("password on b: ");
  prompts.tell("told meanwhile");
  expect(await first).toBe("for a");
  expect(shown(), "nothing gets between a question and its answer").not.toContain("told meanwhile");
  input.write("for b\n");
  expect(await second).toBe("for b");
  await shows("told meanwhile\n");
  expect(shown()).not.toContain("for ");
});

test("Ctrl-C at a question interrupts the command and answers all others, too", async () => {
  const { prompts, input, interrupt, shows, shown } = terminal();
  const questions = Promise.allSettled([prompts.ask("sure about a? "), prompts.ask("sure about b? ")]);
  await shows("sure about a? ");
  input.write("\u0003");
  for (const answer of await questions) {
    expect(answer.status).toBe("rejected");
    expect(explain((answer as PromiseRejectedResult).reason).code).toBe(EXIT.interrupted);
  }
  expect(interrupt).toHaveBeenCalledOnce();
  expect(shown()).not.toContain("about b");
});

test("a question that nobody waits for any more makes room for the next, and is not asked later", async () => {
  const { prompts, input, shows, shown } = terminal();
  const hungUp = new AbortController();
  const gone = [prompts.askHidden("password on a: ", hungUp.signal), prompts.ask("sure about a? ", hungUp.signal)];
  const next = prompts.ask("sure about b? ");
  await shows("password on a: ");
  hungUp.abort();
  expect(await Promise.all(gone)).toEqual([undefined, undefined]);
  await shows("\nsure about b? ");
  input.write("yes\n");
  expect(await next).toBe("yes");
  expect(shown()).not.toContain("sure about a");
});

test("without a terminal nobody is asked", async () => {
  const { prompts, input, shown } = terminal();
  input.isTTY = false;
  expect(await prompts.ask("sure? ")).toBeUndefined();
  expect(shown()).toBe("");
});
