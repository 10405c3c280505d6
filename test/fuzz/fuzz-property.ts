// What run.ts runs: a property with a name, and its share of the time.
import type {IAsyncProperty, IProperty} from 'fast-check'

export type FuzzProperty = {
  readonly name: string
  readonly weight: number
  readonly property: IProperty<unknown> | IAsyncProperty<unknown>
}

/** A server under fuzz. */
export type FuzzConversations = {readonly property: FuzzProperty; readonly close: () => Promise<void>}

/** The value behind an option of the command line. */
export function valueOf(option: string): string | undefined {
  const at = process.argv.indexOf(option)
  return at === -1 ? undefined : process.argv[at + 1]
}

/** Fails the run with a sentence. */
export function must(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}
