// The door to programs that keep running beside us: servers and virtual machines. exec.ts is for those that end by themselves.
import {spawn} from 'node:child_process'
import {PxectlError} from '../errors.js'
import type {CommandLine} from './exec.js'

export type StartedProgram = {
  readonly pid: number
  /** All it has printed so far, on stdout and on stderr. */
  readonly stdout: () => string
  readonly stderr: () => string
  readonly isRunning: () => boolean
  /** Ends it: its input is closed and it gets SIGTERM, and SIGKILL where that does not help in time. */
  stop(): Promise<void>
}

export type Start = (command: CommandLine) => Promise<StartedProgram>

const GRACE_MS = 3000

/** Starts a program with an argument list (never a shell); `input` is written to its stdin, which stays open until it is stopped. */
export const start: Start = async (command) => {
  const child = spawn(command.file, command.args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {...process.env, LC_ALL: 'C'},
    ...(command.cwd === undefined ? {} : {cwd: command.cwd}),
  })
  const output = {stdout: [] as Buffer[], stderr: [] as Buffer[]}
  child.stdout.on('data', (chunk: Buffer) => output.stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.stderr.push(chunk))
  // A program that ends before it has read its input says why on stderr.
  child.stdin.on('error', () => undefined)
  let running = true
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running = false
      resolve()
    })
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => {
      const {file} = command
      reject(
        new PxectlError(`the program ${file} could not be started`, {
          code: 'PROGRAM_MISSING',
          kind: 'environment',
          details: {program: file},
          cause,
        }),
      )
    })
  })
  if (command.input !== undefined) child.stdin.write(command.input)
  return {
    pid: child.pid ?? 0,
    stdout: () => Buffer.concat(output.stdout).toString(),
    stderr: () => Buffer.concat(output.stderr).toString(),
    isRunning: () => running,
    stop: async () => {
      if (!running) return
      child.stdin.end()
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      await ended
      clearTimeout(timer)
    },
  }
}
