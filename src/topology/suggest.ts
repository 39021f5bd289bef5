/** More names than any topology that a person reads. */
const MOST_CANDIDATES = 500;

/** The candidate that `word` most likely stands for: the same but for case, dashes and underscores, or a few typing errors away. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined;
  const wanted = fold(word);
  const known = [...candidates];
  // Among very many names a guess costs much and is worth little.
  if (known.length > MOST_CANDIDATES) return known.find((candidate) => fold(candidate) === wanted);
  // A single letter is meant only if the case alone is wrong.
  const most = wanted.length < 2 ? 0 : Math.max(1, Math.floor(wanted.length * 0.45));
  let best: string | undefined;
  let bestDistance = most + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, fold(candidate), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean "x"? ` or nothing, to put in front of a help text. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = suggest(word, candidates);
  return candidate === undefined ? "" : `did you mean ${JSON.stringify(candidate)}? `;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, "");
}

/** Optimal string alignment: insertions, deletions, replacements and swaps of neighbours; stops counting at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replace = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replace, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    if (Math.min(...row) >= limit) return limit;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit;
}
