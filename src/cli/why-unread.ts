import { TooLargeError } from "../host/read-at-most.ts";

/** Why a file that the command line names was not read, to stand behind its name. */
export function whyUnread(error: unknown): string {
  if (error instanceof TooLargeError) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "that is a directory";
  return `cannot be read (${code})`;
}
