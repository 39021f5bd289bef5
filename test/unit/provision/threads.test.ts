import { describe, expect, test } from "vitest";
import { HostError } from "../../../src/host/host.ts";
import { parseCpuList } from "../../../src/host/parse/cpu-list.ts";
import { type Looker, type SurveyRequest, surveyOneByOne } from "../../../src/host/survey.ts";
import type { HostReader } from "../../../src/provision/driver.ts";
import { parseThread, threadsOf } from "../../../src/provision/threads.ts";
import { FakeHost } from "../setup/fake-host.ts";

/** As Linux 6.18 gives it, shortened. */
function status(
  parts: { readonly name?: string; readonly tid?: number; readonly inner?: number; readonly cpus?: string } = {},
) {
  const { name = "pmd-c01/id:8", tid = 4242, inner = 17, cpus = "1" } = parts;
  return [
    `Name:\t${name}`,
    "Umask:\t0022",
    "State:\tR (running)",
    "Tgid:\t4200",
    `Pid:\t${tid}`,
    "PPid:\t4100",
    `NSpid:\t${tid}\t${inner}`,
    "VmRSS:\t  1234 kB",
    "Cpus_allowed:\t2",
    `Cpus_allowed_list:\t${cpus}`,
    "Mems_allowed_list:\t0",
    "voluntary_ctxt_switches:\t12",
    "nonvoluntary_ctxt_switches:\t3456",
    "",
  ].join("\n");
}

describe("the status of a thread", () => {
  test("tells who it is, here and in its container, and where it may run", () => {
    expect(parseThread(status(), "900 1234567 8\n")).toEqual({
      tid: 4242,
      innerTid: 17,
      name: "pmd-c01/id:8",
      allowedCpus: [1],
      involuntarySwitches: 3456,
      voluntarySwitches: 12,
      runQueueWaitNs: 1_234_567,
    });
  });

  test("of a thread outside any container has one number", () => {
    expect(parseThread(status().replace("NSpid:\t4242\t17", "NSpid:\t4242"), "")).toMatchObject({ innerTid: 4242 });
    expect(parseThread(status().replace(/NSpid.*\n/, ""), "")).toMatchObject({ tid: 4242, innerTid: 4242 });
  });

  test("of three nested containers has the number of the innermost", () => {
    expect(parseThread(status().replace("\t17", "\t170\t7"), "")).toMatchObject({ innerTid: 7 });
  });

  test("takes a name as it is, with blanks, colons, or nothing at all", () => {
    expect(parseThread(status({ name: "Pid: 7 x" }), "")).toMatchObject({ name: "Pid: 7 x", tid: 4242 });
    expect(parseThread(status({ name: "" }), "").name).toBe("");
  });
});

test("a kernel that keeps no schedstat tells of no waiting", () => {
  expect(parseThread(status(), "").runQueueWaitNs).toBe(0);
});

test.each([
  ["0", [0]],
  ["0-3", [0, 1, 2, 3]],
  ["0-2,5", [0, 1, 2, 5]],
  ["1,3,8-10,63", [1, 3, 8, 9, 10, 63]],
  ["", []],
])("the CPU list %j", (text, cpus) => {
  expect(parseCpuList(text)).toEqual(cpus);
});

describe("the threads of a process", () => {
  test("are all that /proc lists", async () => {
    const host = new FakeHost({
      "/proc/7/task/7/status": status({ tid: 7, name: "main", cpus: "0-1" }),
      "/proc/7/task/9/status": status({ tid: 9, name: "worker" }),
    });
    expect((await threadsOf(host, 7)).map((thread) => [thread.tid, thread.name, thread.allowedCpus])).toEqual([
      [7, "main", [0, 1]],
      [9, "worker", [1]],
    ]);
  });

  test("are none once it is gone", async () => {
    expect(await threadsOf(new FakeHost(), 7)).toEqual([]);
  });

  test("leave out one that ends while they are read", async () => {
    const host: Looker = {
      name: "local",
      run: () => Promise.reject(new Error("internal: a test did not expect this call")),
      list: async () => ["7", "8", "9"],
      read: async (path) => {
        if (path.includes("/8/")) return undefined;
        if (path.includes("/9/")) throw new HostError("local", `read ${path}`, "no such process");
        return status({ tid: 7 });
      },
    };
    const reader = { survey: (request: SurveyRequest) => surveyOneByOne(host, request) } as HostReader;
    expect((await threadsOf(reader, 7)).map((thread) => thread.tid)).toEqual([7]);
  });
});
