import type Docker from "dockerode";
import { expect, test } from "vitest";
import { dockerReader } from "../../../src/provision/docker-reader.ts";

const hangUp = () => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });

/** An engine that answers a call only after so many connections have ended under it. */
function engine(losses: number): { readonly docker: Docker; readonly calls: () => number } {
  let calls = 0;
  const listContainers = async () => {
    calls += 1;
    if (calls <= losses) throw hangUp();
    return [{ Id: "f00" }];
  };
  return { docker: { listContainers } as unknown as Docker, calls: () => calls };
}

test("what is only read is asked once more where the connection ended", async () => {
  const { docker, calls } = engine(1);
  expect(await dockerReader(docker).containers("a=b")).toEqual([{ Id: "f00" }]);
  expect(calls()).toBe(2);
});

test("and not a third time", async () => {
  const { docker, calls } = engine(2);
  await expect(dockerReader(docker).containers("a=b")).rejects.toThrow(
    "docker: list containers: the connection was lost",
  );
  expect(calls()).toBe(2);
});
