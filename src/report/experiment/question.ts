/** What an experiment asks, from the comment that its file opens with. */
export interface Question {
  /** Up to the first question mark. */
  readonly question: string;
  /** What comes after it in the comment: how it is asked, and what to look at. */
  readonly about: string;
}

/** Reads the leading comment of a topology file; lines for editors (`yaml-language-server:`) are none of it. */
export function questionOf(text: string): Question {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  const comment = lines
    .slice(0, end < 0 ? lines.length : end)
    .filter((line) => !line.includes("yaml-language-server:"))
    .map((line) => line.replace(/^#\s?/, "").trim())
    .join(" ")
    .trim();
  const mark = comment.indexOf("?") + 1;
  return { question: comment.slice(0, mark), about: comment.slice(mark).trim() };
}
