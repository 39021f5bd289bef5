import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const made: string[] = [];

// Registered while a test file is read, so that it runs after that file's own clean-up: servers that listen in a directory are closed by then.
afterAll(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** Makes an empty directory, `corebed-NAME-` and some letters, which is removed when the tests of the file are done. */
export function temporaryDirectory(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `corebed-${name}-`));
  made.push(path);
  return path;
}
