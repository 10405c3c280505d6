// Carries the steps of a plan out, one after the other: watched, interruptible, and told why where one fails.
import {PxectlError} from '../errors.js'
import type {ExecGroup} from '../system/exec-group.js'
import {buildFailure} from './build-failure.js'
import {buildProgress, type BuildEvent} from './build-progress.js'
import type {Step} from './plan.js'
import {requireLimit, watchSpace} from './space.js'

export type BuildWork = {
  /** The root, for messages, and what is left of it where a step fails. */
  readonly name: string
  readonly state: string
  /** The folder whose disk is written to. */
  readonly folder: string
  readonly sizeLimitBytes?: number
  /** In crypt(5)'s form. */
  readonly passwordHash?: string
  readonly execGroup: ExecGroup
  readonly signal?: AbortSignal
  readonly onProgress?: (step: string) => void
}

/** What the scripts told at their end. */
export type Built = {readonly kernelVersion?: string; readonly treeBytes?: number}

/** Throws the failure of the first step that fails, INTERRUPTED, DISK_FULL or ROOT_TOO_BIG. */
export async function runSteps(steps: readonly Step[], work: BuildWork): Promise<Built> {
  let built: Built = {}
  for (const step of steps) built = {...built, ...(await runStep(step, work))}
  return built
}

async function runStep(step: Step, work: BuildWork): Promise<Built> {
  let {title} = step
  work.onProgress?.(title)
  const stop = new AbortController()
  let reason: PxectlError | undefined
  const give = (error: PxectlError): void => {
    reason ??= error
    stop.abort()
  }
  const onInterrupt = (): void => give(interrupted(work))
  if (work.signal?.aborted === true) throw interrupted(work)
  work.signal?.addEventListener('abort', onInterrupt)
  const unwatch = watchSpace(work.folder, give)
  const read = buildProgress()
  let built: Built = {}
  let announced = 0
  const onEvent = (event: BuildEvent | undefined): void => {
    if (event?.kind === 'text') work.onProgress?.(`${title}: ${event.text}`)
    if (event?.kind === 'step') {
      title = event.title
      work.onProgress?.(title)
    }
    if (event?.kind === 'size') {
      announced += event.bytes
      catching(() => requireLimit(work.name, announced, work.sizeLimitBytes), give)
    }
    if (event?.kind === 'result' && event.name === 'KERNEL') built = {...built, kernelVersion: event.value}
    if (event?.kind === 'result' && event.name === 'SIZE') built = {...built, treeBytes: Number(event.value)}
  }
  try {
    const input = step.takesPassword ? `${work.passwordHash ?? ''}\n` : undefined
    const finished = await work.execGroup({
      ...step.command,
      ...(input === undefined ? {} : {input}),
      endsWithUs: true,
      signal: stop.signal,
      onLine: (line) => onEvent(read(line)),
    })
    if (reason !== undefined) throw reason
    if (finished.exitCode !== 0) throw buildFailure({...step, title}, finished, work)
  } finally {
    unwatch()
    work.signal?.removeEventListener('abort', onInterrupt)
  }
  if (built.treeBytes !== undefined) requireLimit(work.name, built.treeBytes, work.sizeLimitBytes)
  return built
}

function catching(work: () => void, onError: (error: PxectlError) => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    onError(error)
  }
}

function interrupted({state}: BuildWork): PxectlError {
  return new PxectlError(`interrupted; ${state}`, {code: 'INTERRUPTED', kind: 'usage'})
}
