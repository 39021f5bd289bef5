import { vi } from "vitest";

/** What is written to standard output and to standard error. */
export interface Output extends Disposable {
  out: string;
  err: string;
}

/** Keeps from now on, and until it is disposed of, what is written to the terminal from it. */
export function captureOutput(): Output {
  const text = { out: "", err: "" };
  const spies = (["out", "err"] as const).map((name) =>
    vi.spyOn(process[`std${name}`], "write").mockImplementation((chunk) => {
      text[name] += chunk;
      return true;
    }),
  );
  const restore = (): void => {
    for (const spy of spies) spy.mockRestore();
  };
  return Object.assign(text, { [Symbol.dispose]: restore });
}
