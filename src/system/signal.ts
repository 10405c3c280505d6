// The door to other processes that run already.
import {PxectlError} from '../errors.js'

/** Sends a signal; a process that is gone is no error. Throws SIGNAL_FORBIDDEN where this user may not. */
export function sendSignal(pid: number, signal: 'SIGHUP'): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error) || error.code === 'ESRCH') return
    throw new PxectlError(`you may not send ${signal} to process ${pid}`, {
      code: 'SIGNAL_FORBIDDEN',
      kind: 'environment',
      details: {pid, signal},
      suggestions: ['run this as root'],
      cause: error,
    })
  }
}
