// What iPXE does with its first script: the scripts that one chains, and the kernel and initrds it ends with.
import {identifyLoader} from '../boot/loader-kind.js'
import {createIpxeMachine, type IpxeMachine, type IpxeOutcome, type IpxeRequest, isIpxeScript, playIpxe} from '../boot/ipxe-read.js'
import {fetchEsxi} from './boot-test-esxi.js'
import {bootPxelinux} from './boot-test-pxelinux.js'
import {fetchedStep, fetchStep, findUrl, nameOf, resolveUrl} from './boot-test-fetch.js'
import type {Boot, Fetched, Lease, TftpStyle} from './boot-test-record.js'

/** Seen on the wire from iPXE 1.0.0: `blksize=1432 tsize=0`. */
export const IPXE_STYLE: TftpStyle = {blksize: 1432}

/** Deeper than any menu; scripts that chain each other in a circle end here. */
const MOST_SCRIPTS = 10

type Session = {
  readonly boot: Boot
  readonly machine: IpxeMachine
  readonly lease: Lease
  /** By URL: iPXE keeps what it fetched, and a later `imgexec` does not fetch again. */
  readonly fetched: Map<string, Fetched>
  /** What was asked for in vain since the last script that was found. */
  missing: string[]
}

export type IpxeStart = {readonly url: string; readonly script: Fetched; readonly lease: Lease; readonly platform: 'pcbios' | 'efi'}

/** Plays the script to its end. The kernel and the initrds are steps of their own, recorded when they are fetched. */
export async function bootIpxe(boot: Boot, {url, script, lease, platform}: IpxeStart): Promise<void> {
  const machine = createIpxeMachine(settingsOf(boot, lease, platform))
  const session: Session = {boot, machine, lease, fetched: new Map(), missing: []}
  const outcome = await playScript(session, url, textOf(script), 1)
  if (outcome.kind === 'boot') return
  const gone = session.missing.map(nameOf)
  if (outcome.kind === 'failed' || gone.length > 0) {
    const detail =
      gone.length > 0 ? `the script asked for what is not there: ${gone.join(', ')}` : 'the script ended without booting anything'
    return boot.fail({
      step: 'config',
      what: nameOf(url),
      durationMs: 0,
      detail,
      suggestions: [`have its boot files written again: pxectl host set ${boot.host.name}`],
    })
  }
  const detail = 'the script gives the machine back to its firmware, which boots the local disk: nothing more to fetch'
  boot.pass({step: 'config', what: 'local', durationMs: 0, detail})
}

async function playScript(session: Session, url: string, text: string, depth: number): Promise<IpxeOutcome> {
  const play = playIpxe(text, session.machine)
  let step = play.next()
  while (step.done !== true) {
    const answer = await answerRequest(session, step.value, url, depth)
    // A chained script that booted something is the end of this one too.
    if (typeof answer !== 'boolean') return answer
    step = play.next(answer)
  }
  return step.value
}

async function answerRequest(session: Session, request: IpxeRequest, base: string, depth: number): Promise<boolean | IpxeOutcome> {
  const url = resolveUrl(request.uri, base)
  if (request.kind === 'fetch' && request.as !== 'file') {
    await fetchStep(session.boot, request.as, url, IPXE_STYLE)
    return true
  }
  const found = session.fetched.get(url) ?? (await findUrl(session.boot, 'config', url, IPXE_STYLE))
  if (found === undefined) {
    session.missing.push(url)
    return false
  }
  session.fetched.set(url, found)
  return request.kind === 'fetch' ? true : chain(session, {url, args: request.args, file: found}, depth)
}

type Chained = {readonly url: string; readonly args: string; readonly file: Fetched}

async function chain(session: Session, chained: Chained, depth: number): Promise<boolean | IpxeOutcome> {
  const {boot, missing} = session
  const {url, file} = chained
  const what = nameOf(url)
  const text = textOf(file)
  if (!isIpxeScript(text)) return startProgram(session, chained)
  if (depth >= MOST_SCRIPTS) return boot.fail({step: 'config', what, durationMs: 0, detail: 'these scripts start each other without end'})
  boot.pass(fetchedStep('config', url, file, missing.length === 0 ? '' : `because these are not there: ${missing.map(nameOf).join(', ')}`))
  session.missing = []
  const outcome = await playScript(session, url, text, depth + 1)
  return outcome.kind === 'exit' ? outcome.ok : outcome
}

/** A program is the last thing that iPXE does. */
async function startProgram({boot, machine, lease}: Session, {url, args, file}: Chained): Promise<IpxeOutcome> {
  const loader = identifyLoader(nameOf(url), file.bytes)
  const config = /^-c (\S+)/.exec(args)?.[1]
  if (loader.kind === 'ipxe') return boot.fail({step: 'config', what: nameOf(url), durationMs: 0, detail: LOOP, suggestions: LOOP_MENDED})
  if (loader.kind === 'pxelinux' || config !== undefined) boot.pass(fetchedStep('loader', url, file, 'started by a script'))
  if (loader.kind === 'pxelinux') {
    const told = machine.settings.get('209')
    await bootPxelinux(boot, {loader, url, lease, ...(told === undefined ? {} : {config: told})})
  } else if (config !== undefined) {
    await fetchEsxi(boot, {config: resolveUrl(config, url), place: (path) => resolveUrl(path, url), style: IPXE_STYLE})
  } else boot.pass(fetchedStep('kernel', url, file, 'started by a script; what it does next was not followed'))
  return {kind: 'boot', kernel: url, initrds: [], args: ''}
}

export const LOOP = 'iPXE is running already, and would load iPXE again, for ever'
export const LOOP_MENDED = ['have the DHCP server tell iPXE from firmware: pxectl dhcp apply --boot-options subnet']

/** The settings that scripts build names from (https://ipxe.org/cfg). */
function settingsOf({host}: Boot, {ip, nextServer, filename}: Lease, platform: string): Map<string, string> {
  const interfaces = ['netX/', 'net0/', ''].flatMap((scope): [string, string][] => [
    [`${scope}mac`, host.mac],
    [`${scope}ip`, ip],
    [`${scope}next-server`, nextServer ?? ''],
    [`${scope}filename`, filename ?? ''],
  ])
  return new Map([...interfaces, ['platform', platform], ['buildarch', platform === 'efi' ? 'x86_64' : 'i386'], ['uuid', host.uuid ?? '']])
}

function textOf({bytes}: Fetched): string {
  return new TextDecoder().decode(bytes)
}
