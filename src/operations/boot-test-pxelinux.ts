// What PXELINUX does once it runs: its core, the search for a configuration, and what the default entry names. All by TFTP.
import type {Loader} from '../boot/loader-kind.js'
import {pxelinuxSearch} from '../boot/names.js'
import {findPxelinuxDefault, type PxelinuxChoice} from '../boot/pxelinux-read.js'
import {fetchEsxi} from './boot-test-esxi.js'
import {fetchedStep, fetchStep, findUrl, nameOf, resolveUrl, tftpUrl} from './boot-test-fetch.js'
import type {Boot, Fetched, Lease} from './boot-test-record.js'

/** Seen on the wire from PXELINUX 6.04: `tsize=0 blksize=1408`. */
const STYLE = {blksize: 1408}

export type PxelinuxStart = {
  readonly loader: Loader
  readonly url: string
  readonly lease: Lease
  /** The configuration that it is told to take (DHCP option 209, RFC 5071); undefined: it searches. */
  readonly config?: string
}

export async function bootPxelinux(boot: Boot, {loader, url: loaderUrl, lease, config}: PxelinuxStart): Promise<void> {
  const folder = loaderUrl.replace(/[^/]*$/, '')
  if (loader.needsLdlinux) await fetchStep(boot, 'loader', `${folder}ldlinux.c32`, STYLE)
  const {text, url} = (await findToldConfig(boot, folder, config)) ?? (await searchConfig(boot, folder, lease))
  const choice = findPxelinuxDefault(text)
  const fail = (detail: string): never =>
    boot.fail({step: 'config', what: nameOf(url), durationMs: 0, detail, suggestions: [`pxectl menu show ${boot.host.name}`]})
  if (choice === undefined) return fail('it names nothing to boot')
  if (choice.kind === 'local') {
    return boot.pass({
      step: 'config',
      what: choice.label,
      durationMs: 0,
      detail: 'the default entry boots the local disk: nothing more to fetch',
    })
  }
  const place = (path: string): string => placeOf(path, folder, lease)
  if (choice.kind === 'multiboot') return fetchMultiboot(boot, place, choice)
  if (choice.kind === 'esxi') {
    await fetchModule(boot, place, choice.loader)
    return fetchEsxi(boot, {config: place(choice.config), place, style: STYLE})
  }
  await fetchStep(boot, 'kernel', place(choice.kernel), STYLE)
  if (choice.kind === 'other') return fail(`its default entry ${choice.label} runs ${choice.kernel}, which this test cannot follow`)
  for (const initrd of choice.initrds) await fetchStep(boot, 'initrd', place(initrd), STYLE)
}

async function fetchMultiboot(
  boot: Boot,
  place: (path: string) => string,
  {loader, files}: Extract<PxelinuxChoice, {kind: 'multiboot'}>,
): Promise<void> {
  await fetchModule(boot, place, loader)
  for (const [index, file] of files.entries()) await fetchStep(boot, index === 0 ? 'kernel' : 'module', place(file), STYLE)
}

/** Modules of Syslinux 5 and later name the libraries that they need, which lie beside the loader. */
async function fetchModule(boot: Boot, place: (path: string) => string, path: string): Promise<void> {
  const {bytes} = await fetchStep(boot, 'loader', place(path), STYLE)
  const libraries = new TextDecoder('latin1').decode(bytes).match(/\blib\w+\.c32\b/g) ?? []
  for (const library of new Set(libraries)) await fetchStep(boot, 'loader', place(library), STYLE)
}

async function findToldConfig(boot: Boot, folder: string, config: string | undefined): Promise<{text: string; url: string} | undefined> {
  if (config === undefined) return undefined
  const url = `${folder}${config}`
  const found = await findUrl(boot, 'config', url, STYLE)
  if (found === undefined) return undefined
  boot.pass(fetchedStep('config', url, found, ''))
  return {text: textOf(found), url}
}

async function searchConfig(boot: Boot, folder: string, lease: Lease): Promise<{text: string; url: string}> {
  const {mac, uuid} = boot.host
  const names = pxelinuxSearch({mac, ip: lease.ip, ...(uuid === undefined ? {} : {uuid})})
  for (const [index, name] of names.entries()) {
    const url = `${folder}${name}`
    const found = await findUrl(boot, 'config', url, STYLE)
    if (found === undefined) continue
    boot.pass(fetchedStep('config', url, found, foundRemark(name, index)))
    return {text: textOf(found), url}
  }
  return boot.fail({
    step: 'config',
    what: 'pxelinux.cfg/…',
    durationMs: 0,
    detail: `none of the names that PXELINUX asks for is there: ${names.join(', ')}`,
    suggestions: [`have its boot files written again: pxectl host set ${boot.host.name}`],
  })
}

function foundRemark(name: string, index: number): string {
  const tried = index === 0 ? '' : `after ${index} names that are not there`
  return name.endsWith('/default') ? `${tried}: the menu of unknown clients, because this host has none` : tried
}

/** PXELINUX puts its own folder before every path, `/vmlinuz` included; `::` at the start means the server's root. */
function placeOf(path: string, folder: string, lease: Lease): string {
  if (/^(?:http|tftp):\/\//.test(path)) return path
  const [server, name] = /^([^:/]*)::(.*)$/.exec(path)?.slice(1) ?? []
  if (name === undefined) return `${folder}${path}`
  const root = resolveUrl('/', folder)
  return server === undefined || server === ''
    ? `${root}${name}`
    : tftpUrl(server === 'next-server' ? (lease.nextServer ?? '') : server, name)
}

function textOf({bytes}: Fetched): string {
  return new TextDecoder().decode(bytes)
}
