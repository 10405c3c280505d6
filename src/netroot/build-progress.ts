// What a builder is doing, read from what it prints.

export type BuildEvent =
  | {readonly kind: 'text'; readonly text: string}
  /** A script goes on to what is a step of its own for people. */
  | {readonly kind: 'step'; readonly title: string}
  /** Bytes that apt says the packages will take. */
  | {readonly kind: 'size'; readonly bytes: number}
  /** Our own scripts: what a build gave. */
  | {readonly kind: 'result'; readonly name: 'KERNEL' | 'SIZE' | 'HOOK-FAILED'; readonly value: string}

const UNITS: Readonly<Record<string, number>> = {B: 1, kB: 1e3, MB: 1e6, GB: 1e9}

/**
 * A reader of lines, which remembers how many packages there are:
 *
 *   I: running apt-get update...
 *   0 upgraded, 109 newly installed, 0 to remove and 0 not upgraded.
 *   Need to get 106 MB of archives.
 *   After this operation, 432 MB of additional disk space will be used.
 *   Get:16 http://mirror.example/debian bookworm/main amd64 libp11-kit0 amd64 0.24.1-2 [345 kB]
 *   Setting up libp11-kit0:amd64 (0.24.1-2) ...
 *   PXECTL writing its files
 *   PXECTL-STEP make the initramfs
 */
export function buildProgress(): (line: string) => BuildEvent | undefined {
  let [total, fetched, unpacked, setUp] = [0, 0, 0, 0]
  const tell = (text: string): BuildEvent => ({kind: 'text', text})
  /** Every tenth of the way: where progress is lines, hundreds of them would be no help. */
  const counted = (what: string, count: number): BuildEvent | undefined => {
    const isTenth = total > 0 && Math.floor((count * 10) / total) > Math.floor(((count - 1) * 10) / total)
    return isTenth && count <= total ? tell(`${what} packages: ${count} of ${total} (${Math.floor((count * 100) / total)} %)`) : undefined
  }
  return (line) => {
    const result = /^PXECTL-(KERNEL|SIZE|HOOK-FAILED) (.+)$/.exec(line)
    if (result !== null) return {kind: 'result', name: result[1] as 'KERNEL' | 'SIZE' | 'HOOK-FAILED', value: result[2] ?? ''}
    const title = /^PXECTL-STEP (.+)$/.exec(line)?.[1]
    if (title !== undefined) return {kind: 'step', title}
    const said = /^(?:PXECTL|I:) (.{1,120})$/.exec(line)?.[1]
    if (said !== undefined) return tell(said.replace(/\.\.\.$/, ''))
    const upgraded = /^(\d+) upgraded, (\d+) newly installed/.exec(line)
    if (upgraded !== null) {
      total = Number(upgraded[1]) + Number(upgraded[2])
      fetched = unpacked = setUp = 0
      return undefined
    }
    const size = /^After this operation, ([\d.,]+) ([kMG]?B) of additional disk space/.exec(line)
    if (size !== null) return {kind: 'size', bytes: Number((size[1] ?? '').replaceAll(',', '')) * (UNITS[size[2] ?? ''] ?? 1)}
    if (/^Get:\d+ \S+ \S+\/\S+ \S+ \S+ \S+ \S+ \[[\d.,]+ [kMG]?B\]$/.test(line)) return counted('fetching', ++fetched)
    if (/^Unpacking /.test(line)) return counted('unpacking', ++unpacked)
    if (/^Setting up /.test(line)) return counted('setting up', ++setUp)
    return undefined
  }
}
