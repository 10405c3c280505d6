// Fetching one boot file, and saying what to do where it does not come. Places are URLs: http://SERVER/NAME or tftp://SERVER/NAME.
import {join} from 'node:path'
import {messageOf, PxectlError} from '../errors.js'
import type {Boot, BootStepName, Fetched, TftpStyle} from './boot-test-record.js'

export function tftpUrl(server: string, name: string): string {
  return `tftp://${server}/${name.split('/').map(encodeURIComponent).join('/')}`
}

/** A URI as a script wrote it, perhaps relative to the script's own. */
export function resolveUrl(uri: string, base: string): string {
  return URL.canParse(uri, base) ? new URL(uri, base).href : uri
}

/** The file's name on its server, as people know it. */
export function nameOf(url: string): string {
  return url.startsWith('tftp://') ? tftpPartsOf(url).name : url
}

/** Fetches; what goes wrong is thrown as the clients throw it. An empty file is no answer to anybody. */
export async function fetchUrl(boot: Boot, url: string, style: TftpStyle): Promise<Fetched> {
  const fetched = url.startsWith('tftp://') ? await fetchTftpUrl(boot, url, style) : await boot.doors.http(url)
  if (fetched.sizeBytes > 0) return fetched
  throw new PxectlError(`${nameOf(url)} is empty`, {code: 'BOOT_FILE_EMPTY', kind: 'invalidData', details: {url}})
}

async function fetchTftpUrl(boot: Boot, url: string, style: TftpStyle): Promise<Fetched> {
  const {server, name} = tftpPartsOf(url)
  const {sizeProbe, ...reading} = style
  if (sizeProbe === true) await boot.doors.tftp(server, name, {blksize: style.blksize, sizeProbe})
  return boot.doors.tftp(server, name, reading)
}

function tftpPartsOf(url: string): {server: string; name: string} {
  const {hostname, pathname} = new URL(url)
  return {server: hostname, name: decodeURIComponent(pathname.slice(1))}
}

/** Fetches a file that the boot cannot do without, and records the step. */
export async function fetchStep(boot: Boot, step: BootStepName, url: string, style: TftpStyle): Promise<Fetched> {
  const fetched = await fetchNeeded(boot, step, url, style)
  boot.pass(fetchedStep(step, url, fetched, ''))
  return fetched
}

/** Fetches a file that the boot cannot do without; only a failure is recorded. */
export async function fetchNeeded(boot: Boot, step: BootStepName, url: string, style: TftpStyle): Promise<Fetched> {
  try {
    return await fetchUrl(boot, url, style)
  } catch (error) {
    return failFetch(boot, step, url, error)
  }
}

/** Fetches a file that may be missing. */
export async function findUrl(boot: Boot, step: BootStepName, url: string, style: TftpStyle): Promise<Fetched | undefined> {
  try {
    return await fetchUrl(boot, url, style)
  } catch (error) {
    return isMissing(error) ? undefined : failFetch(boot, step, url, error)
  }
}

export function fetchedStep(
  step: BootStepName,
  url: string,
  {sizeBytes, durationMs}: Fetched,
  remark: string,
): Parameters<Boot['pass']>[0] {
  const by = url.startsWith('tftp://') ? 'by TFTP' : 'by HTTP'
  return {step, what: nameOf(url), bytes: sizeBytes, durationMs, detail: remark === '' ? by : `${by}; ${remark}`}
}

function failFetch(boot: Boot, step: BootStepName, url: string, error: unknown): never {
  if (!(error instanceof PxectlError)) throw error
  const suggestions = isMissing(error) || error.code === 'BOOT_FILE_EMPTY' ? mendMissing(boot, step, url) : mendServer(boot, url, error)
  return boot.fail({step, what: nameOf(url), durationMs: 0, detail: messageOf(error), suggestions})
}

/** RFC 1350 error 1 is "File not found". */
function isMissing(error: unknown): boolean {
  if (!(error instanceof PxectlError)) return false
  return (
    (error.code === 'TFTP_ERROR' && error.details['tftpCode'] === 1) || (error.code === 'HTTP_STATUS' && error.details['status'] === 404)
  )
}

function mendMissing(boot: Boot, step: BootStepName, url: string): string[] {
  const {name} = boot.host
  if (step === 'loader') return ['pxectl loader install', 'see which loaders are in place: pxectl loader list']
  if (step === 'config') return [`write the host's boot files again: pxectl host set ${name}`]
  return [`put the file there: ${pathOf(boot, url)}`, `or boot something else: pxectl host set ${name} --image NAME`]
}

/** A server that does not answer, or refuses for a reason of its own (TFTP error 2: it may not read the file). */
function mendServer(boot: Boot, url: string, error: PxectlError): string[] {
  const isSilent = /TIMEOUT|UNREACHABLE/.test(error.code)
  return [isSilent ? 'start the servers: pxectl serve' : `look at its mode and owner: ls -l ${pathOf(boot, url)}`, ...error.suggestions]
}

/** Where the lab keeps what the URL names. */
function pathOf({tftpRoot}: Boot, url: string): string {
  return join(tftpRoot, decodeURIComponent(new URL(url).pathname))
}
