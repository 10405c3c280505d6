// The life of `dhcp migrate --prove` on a terminal: progress, and an end without leftovers at Ctrl-C.
import type {Lab} from '../lab/open-lab.js'
import {proveOptions, type ProveOptions} from '../operations/prove-options.js'
import {withProgress} from './progress.js'
import {watchSignals} from './until-signal.js'

export type ProveRun = {
  readonly quiet: boolean
  /** Its hosts are asked about, too. */
  readonly lab: Lab | undefined
  /** MAC addresses as typed. */
  readonly clients: readonly string[]
}

/** Runs `work` with what a proof needs. A signal lets it clean up, and then ends this program as it would have done at once. */
export async function proveOnTerminal<T>({quiet, lab, clients}: ProveRun, work: (prove: ProveOptions) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const watch = watchSignals()
  let came: NodeJS.Signals | undefined
  void watch.next().then((signal) => {
    came = signal
    stop.abort(new Error(`ended by ${signal}`))
  })
  try {
    const pxectl = {file: process.execPath, args: process.argv.slice(1, 2)}
    return await withProgress('prove', {quiet}, async (onProgress) =>
      work(await proveOptions({lab, clients, pxectl, signal: stop.signal, onProgress})),
    )
  } finally {
    watch.close()
    if (came !== undefined) process.kill(process.pid, came)
  }
}
