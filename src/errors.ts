// The one error class of the library, free of oclif. cli/base-command.ts alone turns it into text, JSON and an exit status.

/** Exit statuses, a promise to scripts (README, "Exit codes"). */
export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  external: 5,
  environment: 6,
  invalidData: 7,
} as const

/** The kinds of failure a PxectlError can be; each is one exit status. `ok` is no failure, `bug` is any other Error. */
export type ErrorKind = Exclude<keyof typeof exitCodes, 'ok' | 'bug'>

export type ErrorOptions = {
  /** Stable upper-case name that scripts may match, e.g. HOST_NOT_FOUND. */
  readonly code: string
  readonly kind: ErrorKind
  /** What to do next; commands to paste when possible. */
  readonly suggestions?: readonly string[]
  /** Values that took part, for `--json`. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** A failure the user can understand: what happened, what state things are in, and what to type next. */
export class PxectlError extends Error {
  override readonly name: string = 'PxectlError'
  readonly code: string
  readonly kind: ErrorKind
  readonly suggestions: readonly string[]
  readonly details: Readonly<Record<string, unknown>>

  constructor(message: string, options: ErrorOptions) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause})
    this.code = options.code
    this.kind = options.kind
    this.suggestions = options.suggestions ?? []
    this.details = options.details ?? {}
  }

  get exitCode(): number {
    return exitCodes[this.kind]
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The message with which `work` fails, or undefined where it does not. */
export function findProblem(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** Throws when an invariant does not hold: a bug of ours (exit status 1), never the user's mistake. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${invariant}`)
}

/** A failure as `--json` and the web's API tell it; the keys are promises to scripts. */
export type ErrorJson = {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly details: Readonly<Record<string, unknown>>
    readonly suggestions: readonly string[]
    readonly causes: readonly string[]
  }
}

/** Anything that was thrown, as plain data; what is no PxectlError is a bug. */
export function errorJson(error: unknown): ErrorJson {
  const known = error instanceof PxectlError ? error : undefined
  return {
    error: {
      code: known?.code ?? 'BUG',
      message: messageOf(error),
      details: known?.details ?? {},
      suggestions: known?.suggestions ?? [],
      causes: causesOf(error),
    },
  }
}

const MOST_CAUSES = 10

function causesOf(error: unknown): string[] {
  const causes: string[] = []
  for (let cause = error instanceof Error ? error.cause : undefined; cause !== undefined && causes.length < MOST_CAUSES;) {
    causes.push(messageOf(cause))
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return causes
}
