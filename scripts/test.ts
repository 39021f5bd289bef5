import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

/**
 * `npm test`: everything that says whether corebed is right, in the order of cost. Makes the host ready first, with the project's own set-up, and
 * installs what only tests need. Ends with one line `N passed, N failed, N skipped`.
 */

const TEST_PACKAGES: Readonly<Record<string, string>> = {
  sshd: "openssh-server",
  "ssh-agent": "openssh-client",
  prometheus: "prometheus",
  promtool: "prometheus",
  chromium: "chromium",
  "prometheus-pushgateway": "prometheus-pushgateway",
  xmllint: "libxml2-utils",
  dot: "graphviz",
  zsh: "zsh",
  fish: "fish",
};

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
/** Told again at the end, where whoever sees only the last lines of a log finds them. */
const failures: string[] = [];

step("format and lint", ["biome", "ci", "--error-on-warnings", "."]);
step("types", ["tsc", "--noEmit"]);
installTestPackages();
suite("unit");
step("host set-up", ["bin/corebed", "doctor", "--fix"]);
step("NFs under AddressSanitizer", ["node", "scripts/asan.ts"]);
suite("integration");

if (failures.length > 0) process.stdout.write(`\n== failed:\n${failures.map((name) => `   ${name}\n`).join("")}`);
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exitCode = totals.failed > 0 || totals.skipped > 0 ? 1 : 0;

/** A check that either holds or not. */
function step(name: string, argv: readonly string[]): void {
  process.stdout.write(`\n== ${name}: ${argv.join(" ")}\n`);
  const [command = "", ...args] = argv;
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  count(name, status === 0);
}

function count(name: string, holds: boolean): void {
  totals[holds ? "passed" : "failed"] += 1;
  if (!holds) failures.push(name);
}

/** One vitest project; its own report is read for the counts, so that a suite that ran nothing is a failure. */
function suite(project: string): void {
  const report = `coverage/${project}.json`;
  process.stdout.write(`\n== ${project} tests\n`);
  const args = ["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = spawnSync("vitest", args, { stdio: "inherit" });
  const counts = existsSync(report) ? readCounts(report) : { passed: 0, failed: 0, skipped: 0, failures: [] };
  totals.passed += counts.passed;
  totals.skipped += counts.skipped;
  totals.failed += counts.failed;
  failures.push(...counts.failures.map((name) => `${project}: ${name}`));
  if (counts.failed === 0 && (status !== 0 || counts.passed === 0)) {
    count(`${project}: vitest ended with ${status} after ${counts.passed} tests that passed`, false);
  }
}

function readCounts(report: string): Totals & { readonly failures: readonly string[] } {
  const json = JSON.parse(readFileSync(report, "utf8")) as {
    readonly numPassedTests: number;
    readonly numFailedTests: number;
    readonly numPendingTests: number;
    readonly numTodoTests: number;
    readonly testResults: readonly {
      readonly name: string;
      readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
    }[];
  };
  return {
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
    failures: json.testResults.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === "failed")
        .map(({ fullName }) => `${relative(process.cwd(), name)}: ${fullName}`),
    ),
  };
}

/** Debian's packages of real programs that tests talk to, or that read what corebed writes. */
function installTestPackages(): void {
  const missing = Object.entries(TEST_PACKAGES).filter(([program]) => spawnSync("which", [program]).status !== 0);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  const options = ["-o", "DPkg::Lock::Timeout=120", "install", "-y", "--no-install-recommends"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  process.stdout.write(`\n== packages that tests need: ${packages.join(", ")}\n`);
  spawnSync("apt-get", ["update", "-q"], { stdio: "inherit", env });
  const { status } = spawnSync("apt-get", [...options, ...packages], { stdio: "inherit", env });
  count("packages that tests need", status === 0);
}
