// "Did you mean …?": the candidate nearest to a mistyped word.

/** The candidate with the smallest edit distance to `word`, or undefined where none is near enough to be meant. */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: {candidate: string; distance: number} | undefined
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (best === undefined || distance < best.distance) best = {candidate, distance}
  }
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 2.5)) ? best.candidate : undefined
}

/** Levenshtein distance: insertions, deletions and substitutions cost one each. */
function editDistance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
