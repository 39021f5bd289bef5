import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { foreseen } from "../../../src/host/foreseen.ts";
import { localHost } from "../../../src/host/local-host.ts";
import { matches } from "../../../src/host/path-pattern.ts";
import { surveyOneByOne } from "../../../src/host/survey.ts";
import { parseSurvey, surveyScript } from "../../../src/remote/remote-survey.ts";

const root = mkdtempSync(join(tmpdir(), "corebed-survey-"));
afterAll(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, "a dir/empty"), { recursive: true });
mkdirSync(join(root, "other"));
writeFileSync(join(root, "a dir/x1"), "one\ntwo: 2\n\nfour\n");
writeFileSync(join(root, "a dir/.hidden"), "no\n");
writeFileSync(join(root, "other/x2"), "it's $HOME\n");

const REQUEST = {
  files: [`${root}/*/x*`, `${root}/none`, `${root}/none*/x`],
  names: [`${root}/a dir/*`, `${root}/other`, `${root}/gone`, `${root}/gone/*`],
  commands: [["printf", "%s", "a  b $HOME"], ["no-such-program-here"], ["sh", "-c", "echo out; exit 3"]],
};

test("the script that looks at another host finds what single looks find here", async () => {
  const here = await surveyOneByOne(localHost(), REQUEST);
  const output = execFileSync("sh", ["-c", surveyScript(REQUEST)]);
  expect(parseSurvey(output, REQUEST)).toEqual(here);
  expect([...here.texts.keys()]).toEqual([`${root}/a dir/x1`, `${root}/other/x2`]);
  expect(here.texts.get(`${root}/a dir/x1`)).toBe("one\ntwo: 2\n\nfour\n");
  expect([...here.names]).toEqual([`${root}/a dir/empty`, `${root}/a dir/x1`, `${root}/other`]);
  expect(here.outputs.map((found) => found?.stdout)).toEqual(["a  b $HOME", undefined, "out\n"]);
});

test("an answer that was cut off is none", () => {
  const output = execFileSync("sh", ["-c", surveyScript(REQUEST)]);
  const names = output.indexOf("\0\0");
  for (const length of [0, 5, names]) expect(parseSurvey(output.subarray(0, length), REQUEST)).toBeUndefined();
});

test("what was foreseen is not asked for again, and the rest is", async () => {
  const host = localHost();
  let asked = 0;
  const counted = {
    name: "counted",
    read: (path: string) => {
      asked += 1;
      return host.read(path);
    },
    list: (path: string) => {
      asked += 1;
      return host.list(path);
    },
    run: host.run,
  };
  const looker = await foreseen(host, { ...REQUEST, names: [`${root}/a dir/*`, `${root}/a dir/empty/*`] }, counted);
  expect(await looker.read(`${root}/other/x2`)).toBe("it's $HOME\n");
  expect(await looker.read(`${root}/none`)).toBeUndefined();
  expect(await looker.list(`${root}/a dir`)).toEqual(["empty", "x1"]);
  expect(await looker.list(`${root}/a dir/empty`)).toEqual([]);
  expect((await looker.run(["sh", "-c", "echo out; exit 3"])).exitCode).toBe(3);
  await expect(looker.run(["no-such-program-here"])).rejects.toThrow("no such program");
  expect(asked).toBe(0);
  expect(await looker.list(`${root}/other`)).toEqual(["x2"]);
  expect(asked).toBe(1);
});

test("patterns mean what they mean to a shell", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", ".", "-"), minLength: 1, maxLength: 4 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(pattern, name, (glob, path) => {
      fc.pre(path !== "." && path !== "..");
      const shell = execFileSync("sh", [
        "-c",
        `cd "$1"; find . -mindepth 1 -delete; : >"$2"; printf '%s\\n' ${glob}`,
        "sh",
        join(root, "other"),
        `./${path}`,
      ]);
      // Some shells meet . and .. with .*, and no directory is ever asked for those.
      const found = String(shell).split("\n").includes(path);
      if (glob.includes("*")) expect(matches(glob, path)).toBe(found);
    }),
    { numRuns: 60 },
  );
});
