// One-time tokens: a script with secrets in it (a kickstart, cloud-init's user-data) must not lie where anybody on the wire can read
// it, so it is not a boot file. It lies in secrets/ beside pxectl.ini, and a URL with a token in it gives it out, once, to one host.
//
//     secrets/tk2/user-data        for the host tk2          .pxectl/secrets/HASH.json             a token, as its hash
//     secrets/user-data            for any host              .pxectl/secrets/HASH.user-data.used   what it has given out
import {createHash} from 'node:crypto'
import {dirname, join} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {createOnce, findStats, listFolder, makeFolder, readBytes, removeFile} from '../system/files.js'

/** Where scripts and tokens of a lab lie. */
export type SecretPlaces = {readonly scripts: string; readonly tokens: string}

/** What is written down of a token. `ip`: who alone may use it; null: anybody who knows it. */
export type TokenRecord = {readonly host: string; readonly ip: string | null; readonly expiresAt: string}

export type MakeTokenOptions = {
  readonly hours: number
  /** Whoever knows the token may use it, from any address. */
  readonly anyAddress: boolean
  readonly dryRun: boolean
  readonly random: (bytes: number) => Uint8Array
  readonly now: () => Date
}

export type HostToken = TokenRecord & {
  /** Ends with a slash: a file's name comes behind it. null with dryRun. */
  readonly url: string | null
  /** The files that are there for the host now. */
  readonly files: readonly string[]
}

export const SECRET_PATH = '/secret/'
/** What a script may be called: no way leads out of its folder. */
export const SCRIPT_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/

export function secretPlaces(lab: Pick<Lab, 'configPath' | 'lockPath'>): SecretPlaces {
  return {scripts: join(dirname(lab.configPath), 'secrets'), tokens: join(dirname(lab.lockPath), 'secrets')}
}

/** Throws HOST_NOT_FOUND, or SECRETS_MISSING where there is no script for the host. */
export async function makeHostToken(lab: Lab, name: string, options: MakeTokenOptions): Promise<{token: HostToken; dryRun: boolean}> {
  const {hours, anyAddress, dryRun, random, now} = options
  const host = await lab.store.getByName(name)
  const places = secretPlaces(lab)
  const server = requireSetting(lab.settings.network.server, 'network.server')
  const files = await scriptsFor(places, host.name)
  if (files.length === 0) throw secretsMissing(places, host.name)
  const expiresAt = new Date(now().getTime() + hours * 3_600_000).toISOString()
  const record: TokenRecord = {host: host.name, ip: anyAddress ? null : host.ip, expiresAt}
  if (dryRun) return {token: {...record, url: null, files}, dryRun}
  const token = Buffer.from(random(32)).toString('base64url')
  await makeFolder(places.tokens, 0o700)
  await removeExpired(places, now())
  await createOnce(tokenPath(places, token), JSON.stringify(record))
  return {token: {...record, url: `http://${server}:${lab.settings.serve.httpPort}${SECRET_PATH}${token}/`, files}, dryRun}
}

/** The token's record; only its hash is on the disk. */
export function tokenPath({tokens}: SecretPlaces, token: string): string {
  return join(tokens, `${createHash('sha256').update(token).digest('hex')}.json`)
}

/** The host's own script, else the one for all. */
export function scriptPaths({scripts}: SecretPlaces, host: string, file: string): readonly string[] {
  return [join(scripts, host, file), join(scripts, file)]
}

async function scriptsFor(places: SecretPlaces, host: string): Promise<string[]> {
  const names = [...(await listFolder(join(places.scripts, host))), ...(await listFolder(places.scripts))]
  const found: string[] = []
  for (const name of new Set(names.filter((one) => SCRIPT_NAME.test(one)))) {
    const stats = await Promise.all(scriptPaths(places, host, name).map(findStats))
    if (stats.some((one) => one?.isFile() === true)) found.push(name)
  }
  return found.sort()
}

async function removeExpired({tokens}: SecretPlaces, now: Date): Promise<void> {
  const names = await listFolder(tokens)
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const {expiresAt} = JSON.parse((await readBytes(join(tokens, name))).toString('utf8')) as TokenRecord
    if (new Date(expiresAt) > now) continue
    const hash = name.slice(0, -'.json'.length)
    for (const one of names.filter((other) => other.startsWith(hash))) await removeFile(join(tokens, one))
  }
}

function secretsMissing({scripts}: SecretPlaces, host: string): PxectlError {
  const folder = join(scripts, host)
  return new PxectlError(`there is no script with secrets for ${host}: ${scripts} has none; no token was made`, {
    code: 'SECRETS_MISSING',
    kind: 'notFound',
    details: {host, folder},
    suggestions: [`install -d -m 700 ${folder}`, `install -m 600 user-data ${folder}/`],
  })
}
