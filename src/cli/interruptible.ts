// Long work that ends cleanly at Ctrl-C or SIGTERM: it is told to stop, and puts things back before the command ends. A second signal
// ends the process at once, as the system does by default.
import {watchSignals} from './until-signal.js'

/** Runs `work` with a signal that is aborted at the first SIGINT or SIGTERM. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const watch = watchSignals()
  void watch.next().then(() => {
    watch.close()
    controller.abort()
  })
  try {
    return await work(controller.signal)
  } finally {
    watch.close()
  }
}
