// Plays an iPXE script without iPXE: which files it fetches, and what it boots when nobody touches the keyboard.
//
// A generator, so that nothing here waits or fetches: it asks its driver for each file and is told whether it is there.
// Commands that do not decide what boots (echo, dhcp, console …) count as done.
import {expandIpxe, parseIpxeOptions, splitIpxeLine} from './ipxe-script.js'

/** What the script asks of its driver, which answers true or false. URIs are as written, perhaps relative. */
export type IpxeRequest =
  | {readonly kind: 'fetch'; readonly uri: string; readonly as: 'kernel' | 'initrd' | 'file'}
  /** Run this script or program; the answer is how it ended. */
  | {readonly kind: 'chain'; readonly uri: string; readonly args: string}

export type IpxeOutcome =
  | {readonly kind: 'boot'; readonly kernel: string; readonly initrds: readonly string[]; readonly args: string}
  | {readonly kind: 'local'}
  /** It ended by itself, which gives the machine back to whoever started the script, in the end to the firmware. */
  | {readonly kind: 'exit'; readonly ok: boolean}
  /** A command failed, and the script did not say what then. */
  | {readonly kind: 'failed'}

/** What lasts from one script to the next: settings, and the files fetched so far. */
export type IpxeMachine = {
  readonly settings: Map<string, string>
  /** Name → URI. */
  readonly images: Map<string, string>
  readonly initrds: string[]
  kernel: {readonly uri: string; readonly args: string} | undefined
}

export function createIpxeMachine(settings: ReadonlyMap<string, string>): IpxeMachine {
  return {settings: new Map(settings), images: new Map(), initrds: [], kernel: undefined}
}

/** How one command ended; a label to go on at, or the end of the script. */
type Result = {readonly ok: boolean; readonly goto?: string; readonly outcome?: IpxeOutcome}

type Play<T> = Generator<IpxeRequest, T, boolean>

/** More commands than any script has; one that loops, waiting for a server, ends here. */
const MOST_COMMANDS = 2000

/** Is this the text of an iPXE script? */
export function isIpxeScript(text: string): boolean {
  return /^#!(?:ipxe|gpxe)\b/.test(text)
}

/** Runs the script from its first line. */
export function* playIpxe(text: string, machine: IpxeMachine): Play<IpxeOutcome> {
  const lines = text.split(/\r?\n/)
  let at = 0
  for (let count = 0; at < lines.length && count < MOST_COMMANDS; count++) {
    const result = yield* runLine(lines[at] ?? '', machine)
    if (result.outcome !== undefined) return result.outcome
    if (result.goto !== undefined) at = lines.findIndex((line) => line.trim() === `:${result.goto}`)
    // A command that fails, without `||` after it, ends the script with its failure.
    if (!result.ok || at < 0) return {kind: 'failed'}
    at += 1
  }
  return at >= lines.length ? {kind: 'exit', ok: true} : {kind: 'failed'}
}

/** Each operator looks at the last command that ran, skipped ones included in its way (src/core/exec.c, system()). */
function* runLine(line: string, machine: IpxeMachine): Play<Result> {
  if (/^\s*:/.test(line)) return {ok: true}
  let result: Result = {ok: true}
  let runs = true
  for (const {words, then} of splitIpxeLine(line)) {
    if (runs) {
      const expanded = words.map((word) => expandIpxe(word, machine.settings))
      result = yield* runCommand(expanded, machine)
      if (result.goto !== undefined || result.outcome !== undefined) return result
    }
    runs = then === ';' || (then === '||' ? !result.ok : result.ok)
  }
  return result
}

function* runCommand([command = '', ...words]: readonly string[], machine: IpxeMachine): Play<Result> {
  const {options, rest} = parseIpxeOptions(words)
  const [first = '', ...others] = rest
  switch (command) {
    case 'goto':
      return {ok: true, goto: first}
    case 'set':
      machine.settings.set(first.split(':')[0] ?? '', others.join(' '))
      return {ok: true}
    case 'clear':
      return {ok: machine.settings.delete(first)}
    case 'isset':
      return {ok: first !== ''}
    case 'iseq':
      return {ok: first === others[0]}
    case 'item':
      if (!options.has('gap') && !machine.settings.has(FIRST_ITEM)) machine.settings.set(FIRST_ITEM, first)
      return {ok: true}
    case 'menu':
      machine.settings.delete(FIRST_ITEM)
      return {ok: true}
    case 'choose':
      machine.settings.set(first, options.get('default') ?? machine.settings.get(FIRST_ITEM) ?? '')
      return {ok: true}
    case 'kernel':
    case 'imgselect':
      return yield* fetchKernel(first, others.join(' '), options.get('name'), machine)
    case 'imgargs':
      if (machine.kernel !== undefined) machine.kernel = {...machine.kernel, args: others.join(' ')}
      return {ok: true}
    case 'initrd':
    case 'module':
      return yield* fetchInitrd(first, options.get('name'), machine)
    case 'imgfetch':
      return yield* fetchFile(first, 'file', options.get('name'), machine)
    case 'chain':
    case 'imgexec':
    case 'boot':
      return yield* startImage(first, others.join(' '), machine)
    case 'sanboot':
      return first === '' ? {ok: true, outcome: {kind: 'local'}} : yield* attachDisc(first)
    case 'exit':
      return {ok: true, outcome: {kind: 'exit', ok: first === '' || first === '0'}}
    default:
      return {ok: true}
  }
}

/** Where the menu's first item is kept; no setting of iPXE has spaces in its name. */
const FIRST_ITEM = 'first item'

function* fetchKernel(uri: string, args: string, name: string | undefined, machine: IpxeMachine): Play<Result> {
  const known = machine.images.get(uri)
  const result = known === undefined ? yield* fetchFile(uri, 'kernel', name, machine) : {ok: true}
  if (result.ok) machine.kernel = {uri: known ?? uri, args}
  return result
}

function* fetchInitrd(uri: string, name: string | undefined, machine: IpxeMachine): Play<Result> {
  const result = yield* fetchFile(uri, 'initrd', name, machine)
  if (result.ok) machine.initrds.push(uri)
  return result
}

/** Without a name, an image has the last part of its URI. */
function* fetchFile(uri: string, as: 'kernel' | 'initrd' | 'file', name: string | undefined, machine: IpxeMachine): Play<Result> {
  const ok = yield {kind: 'fetch', uri, as}
  if (ok) machine.images.set(name ?? uri.split('/').at(-1) ?? uri, uri)
  return {ok}
}

/** Parts of the disc are read as the system asks for them; that it is there is all that can be told. */
function* attachDisc(uri: string): Play<Result> {
  const ok = yield {kind: 'fetch', uri, as: 'kernel'}
  return ok ? {ok, outcome: {kind: 'boot', kernel: uri, initrds: [], args: ''}} : {ok}
}

/** `boot` without a name boots the kernel; a name is that of a fetched image, or a URI. */
function* startImage(name: string, args: string, machine: IpxeMachine): Play<Result> {
  const {kernel, initrds} = machine
  if (name === '' && kernel !== undefined) {
    return {ok: true, outcome: {kind: 'boot', kernel: kernel.uri, initrds: [...initrds], args: kernel.args}}
  }
  if (name === '') return {ok: false}
  return {ok: yield {kind: 'chain', uri: machine.images.get(name) ?? name, args}}
}
