import { expect, test } from "vitest";
import { ownerText } from "../../../../src/cli/ci/take-turn.ts";

test.each([
  [
    "a GitHub job",
    { GITHUB_REPOSITORY: "o/r", GITHUB_RUN_ID: "17", GITHUB_JOB: "gate" },
    "o/r run 17, job gate (corebed ci lab.yaml)",
  ],
  ["a GitLab job", { CI_JOB_URL: "https://git.example/jobs/3" }, "https://git.example/jobs/3 (corebed ci lab.yaml)"],
  [
    "a Jenkins build",
    { BUILD_URL: "https://ci.example/job/a/4/" },
    "https://ci.example/job/a/4/ (corebed ci lab.yaml)",
  ],
  ["somebody's shell", {}, "corebed ci lab.yaml"],
])("%s is named by what its system calls it", (_, env, owner) => {
  expect(ownerText("lab.yaml", env)).toBe(owner);
});

test("an owner is one line, and not a long one", () => {
  const owner = ownerText(`${"x".repeat(1_000)}\n\u001b[31m`, { CI_JOB_URL: "a\nb" });
  expect(owner).toMatch(/^a b \(corebed ci x+$/);
  expect(owner.length).toBe(300);
});
