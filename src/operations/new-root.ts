// What a new PXE filesystem is to be: checked, and completed from the lab and from this system.
import {join, resolve} from 'node:path'
import {PxectlError} from '../errors.js'
import {generatePassword, hashPassword, parsePasswordFile} from '../images/root-password.js'
import type {Lab} from '../lab/open-lab.js'
import {nativeArchitecture, requireArchitecture} from '../netroot/architecture.js'
import {netbootTree} from '../netroot/netboot-files.js'
import {basePackages} from '../netroot/packages.js'
import {parseRootName} from '../netroot/root-name.js'
import {
  chooseSources,
  INDEX_FORMAT,
  parseMirror,
  parsePackages,
  parseRepositories,
  parseSuite,
  type Repository,
} from '../netroot/sources.js'
import {parseSize} from '../netroot/space.js'
import type {RootSpec} from '../netroot/spec.js'
import type {RootStyle} from '../netroot/style.js'
import {exec} from '../system/exec.js'
import {isExecutable, readBytes} from '../system/files.js'
import {listNames} from '../system/folders.js'

export {rootStyles, type RootStyle} from '../netroot/style.js'

/** What was asked for, as it was typed. */
export type NewRoot = {
  readonly name: string
  readonly style: RootStyle
  /** Without it the suite of this system. */
  readonly suite?: string
  readonly mirror?: string
  readonly arch?: string
  readonly packages: readonly string[]
  readonly user: string
  /** A file, or the password itself, typed at a terminal or read from stdin. Without either, and without a key, one is made up. */
  readonly passwordFile?: string
  readonly password?: string
  /** Files of public keys. */
  readonly sshKeys: readonly string[]
  /** The name of a template, or `none` to make none. */
  readonly template?: string
  readonly hook?: string
  readonly sizeLimit?: string
}

/** Throws for what cannot be, before anything is made. */
export async function rootSpec(lab: Lab, wanted: NewRoot): Promise<RootSpec> {
  const name = parseRootName(wanted.name)
  const packages = parsePackages(wanted.packages)
  const mirror = wanted.mirror === undefined ? undefined : parseMirror(wanted.mirror)
  const sizeLimitBytes = wanted.sizeLimit === undefined ? undefined : parseSize(wanted.sizeLimit)
  const suite = wanted.suite === undefined ? await ownSuite() : parseSuite(wanted.suite)
  const native = await nativeArchitecture(exec)
  const arch = wanted.arch ?? native
  const sources = chooseSources(suite, mirror, mirror === undefined ? await repositories() : [])
  const {locale, timezone} = lab.settings.fs
  const base = basePackages({system: sources.system, arch, locale, netboot: netbootTree().packages})
  await requireArchitecture(arch, native)
  return {
    name,
    style: wanted.style,
    suite,
    arch,
    system: sources.system,
    sources: sources.lines,
    mirror: sources.mirror,
    basePackages: base,
    packages,
    user: parseLogin(wanted.user),
    sshKeys: await readKeys(wanted.sshKeys),
    locale,
    timezone: timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(wanted.hook === undefined ? {} : {hooks: await checkHooks(resolve(wanted.hook))}),
    ...(sizeLimitBytes === undefined ? {} : {sizeLimitBytes}),
  }
}

/** The hash of the user's password; `password` where it was made up here. Neither where keys alone let the user in. */
export async function rootPassword(
  wanted: NewRoot,
  random: (below: number) => number,
): Promise<{readonly hash?: string; readonly password?: string}> {
  if (wanted.password !== undefined) return {hash: await hashPassword(parsePasswordFile(wanted.password, 'the input'), exec)}
  if (wanted.passwordFile !== undefined) {
    const text = (await readBytes(wanted.passwordFile)).toString('utf8')
    return {hash: await hashPassword(parsePasswordFile(text, wanted.passwordFile), exec)}
  }
  if (wanted.sshKeys.length > 0) return {}
  const password = generatePassword(random)
  return {hash: await hashPassword(password, exec), password}
}

async function ownSuite(): Promise<string> {
  const release = (await readBytes('/etc/os-release')).toString('utf8')
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1]
  if (codename !== undefined) return codename
  throw new PxectlError('this system has no suite of its own, so there is nothing to take --suite from', {
    code: 'SUITE_MISSING',
    kind: 'usage',
    suggestions: ['name one: --suite bookworm'],
  })
}

/** None where this is no system with apt: then a mirror must be named. */
async function repositories(): Promise<Repository[]> {
  const asked = await exec({file: 'apt-get', args: ['indextargets', '--format', INDEX_FORMAT, 'Created-By: Packages']}).catch(
    () => undefined,
  )
  return parseRepositories(asked?.stdout ?? '')
}

/** useradd(8) of Debian takes more; this is what every program takes. */
function parseLogin(text: string): string {
  if (/^[a-z_][a-z0-9_-]{0,31}$/.test(text) && text !== 'root') return text
  throw new PxectlError(`"${text}" cannot be the user of a PXE filesystem`, {
    code: 'USER_INVALID',
    kind: 'usage',
    details: {user: text},
    suggestions: ['use small letters, digits, hyphens and underscores, for example --user lab', 'root is there anyway: the user gets sudo'],
  })
}

async function readKeys(files: readonly string[]): Promise<string[]> {
  const keys: string[] = []
  for (const file of files) {
    const lines = (await readBytes(file))
      .toString('utf8')
      .split('\n')
      .map((line) => line.trim())
    const found = lines.filter((line) => line !== '' && !line.startsWith('#'))
    const wrong = found.find((line) => !/^(ssh-|ecdsa-|sk-)[\w@.-]+ [A-Za-z0-9+/=]+( .*)?$/.test(line))
    if (found.length > 0 && wrong === undefined) keys.push(...found)
    else {
      throw new PxectlError(`${file} holds no public key of ssh${wrong?.includes('PRIVATE KEY') === true ? ', but a private one' : ''}`, {
        code: 'SSH_KEY_INVALID',
        kind: 'usage',
        details: {path: file},
        suggestions: ['name the public half, for example --ssh-key ~/.ssh/id_ed25519.pub'],
      })
    }
  }
  return keys
}

async function checkHooks(folder: string): Promise<string> {
  const programs: string[] = []
  for (const {name, kind} of await listNames(folder)) {
    if (kind === 'file' && (await isExecutable(join(folder, name)))) programs.push(name)
  }
  if (programs.length > 0 && /^[^\n]+$/.test(folder)) return folder
  throw new PxectlError(`${folder} has no programs to run`, {
    code: 'HOOK_INVALID',
    kind: 'usage',
    details: {folder},
    suggestions: ['put executable files there: chmod +x FILE', 'each gets the tree as its argument'],
  })
}
