// Other programs, run and watched by the tests. Every child is known by its process id until it has ended.
import {spawn, type ChildProcess} from 'node:child_process'
import type {Readable} from 'node:stream'

export type Finished = {
  readonly command: string
  /** The exit status, or null where a signal ended the program. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export type RunOptions = {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** After this the program gets SIGKILL. Default two minutes. */
  readonly timeoutMs?: number
}

/** Runs a program to its end; a non-zero exit is an answer. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = start(command, options)
  child.child.stdin?.end(options.input ?? '')
  const timer = setTimeout(() => child.child.kill('SIGKILL'), options.timeoutMs ?? 120_000)
  try {
    const {exitCode, signal} = await child.ended
    return {command: command.join(' '), exitCode, signal, stdout: child.stdout(), stderr: child.stderr()}
  } finally {
    clearTimeout(timer)
  }
}

/** Runs a program that must succeed; gives what it printed. */
export async function mustRun(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const finished = await run(command, options)
  if (finished.exitCode !== 0) throw new Error(`unexpected: ${describe(finished)}`)
  return finished.stdout
}

/** A finished program in words, for failure messages. */
export function describe(finished: Finished): string {
  return `\`${finished.command}\` ended with ${finished.signal ?? `status ${finished.exitCode}`}\n--- stdout\n${finished.stdout}\n--- stderr\n${finished.stderr}`
}

export type Ended = {readonly exitCode: number | null; readonly signal: NodeJS.Signals | null}

/** A program that keeps running. */
export type Running = {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly stdout: () => string
  readonly stderr: () => string
  readonly isRunning: () => boolean
  /** SIGTERM, and SIGKILL where that does not help; resolves when it has ended. */
  readonly stop: (graceMs?: number) => Promise<Ended>
}

/** Starts a program and collects what it prints. */
export function start(command: readonly string[], options: Omit<RunOptions, 'timeoutMs' | 'input'> = {}): Running {
  const [file, ...args] = command
  if (file === undefined) throw new Error('no program named')
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {...process.env, LC_ALL: 'C', ...options.env},
    ...(options.cwd === undefined ? {} : {cwd: options.cwd}),
  })
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  // A child that ends before it has read its input is routine here.
  child.stdin.on('error', () => undefined)
  let running = true
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', (error) => {
      running = false
      reject(new Error(`cannot start ${file}`, {cause: error}))
    })
    child.once('close', (exitCode, signal) => resolve({exitCode, signal}))
    child.once('exit', (exitCode, signal) => {
      running = false
      // `close` means that all output is here. It never comes where a daemon that was left behind has inherited our pipes.
      setTimeout(() => resolve({exitCode, signal}), 2000).unref()
    })
  })
  // Watched by whoever awaits it; a program nobody waits for must not end the test run.
  ended.catch(() => undefined)
  return {
    child,
    ended,
    stdout,
    stderr,
    isRunning: () => running,
    stop: async (graceMs = 5000) => {
      if (running) child.kill('SIGTERM')
      const timer = setTimeout(() => running && child.kill('SIGKILL'), graceMs)
      try {
        return await ended
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** All that came so far, as text. Somebody who waits asks often: nothing is done again while nothing comes. */
function collect(stream: Readable): () => string {
  let chunks: Buffer[] = []
  let text: string | undefined
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    text = undefined
  })
  return () => {
    if (text !== undefined) return text
    const all = Buffer.concat(chunks)
    chunks = [all]
    return (text = all.toString())
  }
}

const POLL_MS = 50

/** Waits until `probe` gives something; fails with `what` after the time limit. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
