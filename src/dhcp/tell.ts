// Telling a running DHCP server of new files instead of restarting it: what a back end brings for that, and the transaction's step.
import type {ApplyOptions} from './server.js'

/** A way to tell a running server. Its functions never throw; each may be called once. */
export type Tell = {
  /** For people, e.g. `OMAPI (127.0.0.1 port 7911)`. */
  readonly way: string
  /** Would it do? Asks, and changes nothing. */
  readonly preview: () => Promise<Told>
  readonly tell: () => Promise<Told>
}

/** `reason`: why the server could not be told, or of all but a part; it then needs a restart. */
export type Told = {readonly kind: 'told'; readonly warnings: readonly string[]} | {readonly kind: 'untold'; readonly reason: string}

type TellParts = {readonly tell?: Tell; readonly restart: unknown}

/** Tells the server where there is a way and it is wanted. Where that fails, the warning says what follows. */
export async function tellServer(
  {tell, restart}: TellParts,
  options: ApplyOptions,
): Promise<{isTold: boolean; warnings: readonly string[]}> {
  if (tell === undefined || !(options.tell ?? options.restart)) return {isTold: false, warnings: []}
  options.onProgress?.('telling the running DHCP server')
  const told = await tell.tell()
  if (told.kind === 'told') return {isTold: true, warnings: told.warnings}
  const untold = `the DHCP server could not be told by ${tell.way} (${told.reason})`
  if (!options.restart) return {isTold: false, warnings: [`${untold}: restart it yourself`]}
  return {isTold: false, warnings: [restart === undefined ? untold : `${untold}; it was restarted instead`]}
}

/** The same before it happens. */
export async function previewOf(tell: Tell | undefined): Promise<string | undefined> {
  if (tell === undefined) return undefined
  const told = await tell.preview()
  return told.kind === 'told'
    ? `the running DHCP server would be told by ${tell.way}, without a restart`
    : `the DHCP server would need a restart: it could not be told by ${tell.way} (${told.reason})`
}
