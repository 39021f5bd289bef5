import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { commandLine } from "../../../src/remote/remote-run.ts";

/** What a program started by this line gets as arguments. */
function argumentsOf(line: string): readonly string[] {
  return execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" }).split("\0").slice(0, -1);
}

test("the far shell changes nothing about an argument", () => {
  const word = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("$(reboot)", "`id`", "it's", "a b", "*", "\n", ""),
  );
  fc.assert(
    fc.property(
      fc.array(
        word.filter((text) => !text.includes("\0")),
        { minLength: 1, maxLength: 4 },
      ),
      (words) => {
        expect(argumentsOf(commandLine(["printf", "%s\\0", ...words]))).toEqual(words);
      },
    ),
    { numRuns: 40 },
  );
});

test("variables arrive as they are", () => {
  const line = commandLine(["sh", "-c", 'printf "%s\\0" "$A" "$LC_ALL"'], { A: "it's $HOME" });
  expect(argumentsOf(line)).toEqual(["it's $HOME", "C.UTF-8"]);
});
