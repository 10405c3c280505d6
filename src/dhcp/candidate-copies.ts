// Copies of new configuration files for the server's own test, before anything is put in place.
//
// They stand beside the files they are to replace: AppArmor lets dhcpd read /etc/dhcp and hardly anything else (profile
// usr.sbin.dhcpd of Debian and Ubuntu). Copies of included files are reached through a copy of what includes them.
import {basename, dirname, join} from 'node:path'
import {applySplices, type Splice} from '../dhcpd-conf/splice.js'
import {PxectlError} from '../errors.js'
import type {CommandLine, Exec, Finished} from '../system/exec.js'
import {fileExists, isWritable, makeFolder, readBytes, realPath, removeFile, writeAtomic, writeNeighbour} from '../system/files.js'
import {resolveInclude} from './isc-load.js'
import type {FileChange} from './server.js'

/** An include as it is written in a file: the bytes between `start` and `end`, and how another path stands there. */
export type WrittenInclude = {
  readonly path: string
  readonly start: number
  readonly end: number
  readonly render: (path: string) => string
}

export type CandidateOptions = {
  readonly config: string
  /** For the copies of files whose own folder cannot be written. */
  readonly stateFolder: string
  readonly includesOf: (path: string, bytes: Buffer) => readonly WrittenInclude[]
}

/** Path to copy, of every file that a test must read in another version. */
export type Copies = ReadonlyMap<string, string>

/** Lets `work` look at copies of the configuration as it would be; they are removed afterwards, whatever happens. */
export async function withCandidates<T>(
  files: readonly FileChange[],
  options: CandidateOptions,
  work: (config: string, copies: Copies) => Promise<T>,
): Promise<T> {
  const copies = new Map<string, string>()
  try {
    await copyForTest(options.config, files, options, copies)
    return await work(copies.get(options.config) ?? options.config, copies)
  } finally {
    for (const copy of copies.values()) await removeFile(copy)
  }
}

/** Writes copies of the file, and of what it includes, as far as they change; gives the copy or undefined. */
async function copyForTest(
  path: string,
  files: readonly FileChange[],
  options: CandidateOptions,
  copies: Map<string, string>,
): Promise<string | undefined> {
  const isMain = path === options.config
  const change = files.find((file) => file.path === path)
  if (!isMain && copies.has(path)) return copies.get(path)
  let bytes = change?.after ?? (await readBytes(path))
  if (files.some((file) => file.path !== options.config && file.after !== undefined)) {
    const splices: Splice[] = []
    for (const include of options.includesOf(path, bytes)) {
      const target = await resolveInclude(include.path, dirname(options.config))
      const copy = await copyForTest(target, files, options, copies)
      if (copy !== undefined) splices.push({start: include.start, end: include.end, text: include.render(copy)})
    }
    if (splices.length === 0 && change === undefined && !isMain) return undefined
    bytes = applySplices(bytes, splices)
  }
  const copy = await writeCopy(path, bytes, options.stateFolder)
  copies.set(path, copy)
  return copy
}

async function writeCopy(path: string, bytes: Buffer, stateFolder: string): Promise<string> {
  const target = (await fileExists(path)) ? await realPath(path) : path
  if (await isWritable(dirname(target))) return writeNeighbour(target, bytes)
  await makeFolder(stateFolder)
  const copy = join(stateFolder, `.${basename(path)}.pxectl-${process.pid}`)
  await writeAtomic(copy, bytes, {mode: 0o600})
  return copy
}

/** Runs the first of the programs that is there; undefined where none is. Users other than root seldom have the sbin folders in PATH. */
export async function runFirstOf(
  programs: readonly string[],
  command: Omit<CommandLine, 'file'>,
  exec: Exec,
): Promise<Finished | undefined> {
  for (const file of programs) {
    try {
      return await exec({...command, file})
    } catch (error) {
      if (!(error instanceof PxectlError && error.code === 'PROGRAM_MISSING')) throw error
    }
  }
  return undefined
}

export type Refusal = {
  readonly program: string
  readonly finished: Finished
  /** What the program said, without what is of no use. */
  readonly said: string
  readonly copies: Copies
}

/** The error of a program that does not take the candidates, in its own words about the files themselves. */
export function candidateRefused({program, finished, said: words, copies}: Refusal): PxectlError {
  const {exitCode, signal, timedOut} = finished
  const said = namesOfFiles(words, copies)
  const how = timedOut ? 'did not finish testing' : signal === undefined ? 'rejected' : `crashed (${signal}) on`
  return configurationRefused(`${program} ${how} the new configuration`, said, {exitCode, ...(signal === undefined ? {} : {signal})})
}

export function configurationRefused(what: string, said: string, details: Readonly<Record<string, unknown>>): PxectlError {
  return new PxectlError(`${what}; the old one is still in place${said === '' ? '' : `\n${said}`}`, {
    code: 'DHCPD_REFUSED',
    kind: 'external',
    details: {...details, stderr: said},
    suggestions: ['see whether the present configuration is accepted: pxectl dhcp check'],
  })
}

/** The words with each file in the place of its copy. */
export function namesOfFiles(words: string, copies: Copies): string {
  return [...copies].reduce((said, [path, copy]) => said.replaceAll(copy, path), words)
}
