// `pxectl fs share`: which PXE filesystems clients may mount follows from the hosts; here that is brought to the NFS server.
import {dirname, join} from 'node:path'
import {messageOf, PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {renderSubnet} from '../net/ipv4.js'
import {exportLines, parseExports, renderExports, type NfsExport} from '../netroot/exports.js'
import {findServerProblem, readExportsAnew} from '../netroot/nfs-server.js'
import {exec} from '../system/exec.js'
import {fileExists, findBytes, makeFolder, removeFile, sameBytes, writeAtomic, type FileChange} from '../system/files.js'
import {renderFileDiff, type FileDiff} from './file-diff.js'
import {readBootRoots} from './read-roots.js'

export type Shared = {
  readonly exports: readonly NfsExport[]
  /** null: the lab's own server is somebody else's business (fs.exports = none). */
  readonly file: string | null
  readonly files: readonly FileDiff[]
  readonly changed: boolean
  readonly dryRun: boolean
  readonly warnings: readonly string[]
}

/** What the hosts of the lab need: a shared root for its subnet, read-only; what is one host's alone for that host's address. */
export async function wantedExports(lab: Lab): Promise<NfsExport[]> {
  const {directory, state} = lab.settings.fs
  const {roots} = await readBootRoots(directory)
  const exports = new Map<string, NfsExport>()
  for (const host of await lab.store.list()) {
    const root = host.root === undefined ? undefined : roots.get(host.root)
    if (root === undefined) continue
    if (state !== undefined && root.style !== 'nfs') {
      const path = join(state, host.name)
      exports.set(path, {path, client: host.ip, access: 'rw'})
    }
    if (!('tree' in root)) continue
    const isShared = root.style === 'nfs-overlay'
    const client = isShared ? renderSubnet(requireSetting(lab.settings.network.subnet, 'network.subnet')) : host.ip
    exports.set(`${root.tree} ${client}`, {path: root.tree, client, access: isShared ? 'ro' : 'rw'})
  }
  return [...exports.values()]
}

/** Writes the file and has the server read it; a server that refuses gets its old file back. Does nothing where nothing differs. */
export async function shareRoots(lab: Lab, {dryRun}: {readonly dryRun: boolean}): Promise<Shared> {
  const exports = await wantedExports(lab)
  const {exports: file} = lab.settings.fs
  if (!dryRun) for (const {path} of exports) if (isState(lab, path)) await makeFolder(path, 0o755)
  if (file === undefined) return {exports, file: null, files: [], changed: false, dryRun, warnings: []}
  const change = await planExports(lab, file, exports)
  const changed = !sameBytes(change.before, change.after)
  const answer = {exports, file, files: changed ? [renderFileDiff(change)] : [], changed, dryRun}
  const problem = exports.length > 0 || changed ? await findServerProblem(exec) : undefined
  if (dryRun) return {...answer, warnings: problem === undefined ? [] : [messageOf(problem)]}
  if (problem !== undefined) throw problem
  if (changed) await applyExports(change)
  return {...answer, warnings: []}
}

/**
 * The same after a change of the lab, which has happened by now whatever becomes of the exports: what stands in the way is a warning.
 */
export async function shareAfterChange(lab: Lab): Promise<string[]> {
  try {
    return [...(await shareRoots(lab, {dryRun: false})).warnings]
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    return [`roots are not exported over NFS as the hosts need it: ${messageOf(error)}; then: pxectl fs share`]
  }
}

/** Is it the folder of a host, which is made when it is exported first? */
function isState({settings}: Lab, path: string): boolean {
  return settings.fs.state !== undefined && dirname(path) === settings.fs.state
}

async function planExports(lab: Lab, file: string, exports: readonly NfsExport[]): Promise<FileChange> {
  const before = await findBytes(file)
  const sections = parseExports(before?.toString('utf8') ?? '')
  if (sections === undefined) {
    throw new PxectlError(`${file} was not made by pxectl and stays as it is`, {
      code: 'EXPORTS_FOREIGN',
      kind: 'conflict',
      details: {path: file},
      suggestions: [`move it away: mv ${file} ${file}.old`, 'or let pxectl write another one: pxectl config set fs.exports FILE'],
    })
  }
  // Labs that are gone need nothing any more.
  const others: [string, readonly string[]][] = []
  for (const section of sections) if (section[0] !== lab.configPath && (await fileExists(section[0]))) others.push(section)
  const text = renderExports(new Map([...others, [lab.configPath, exportLines(exports)]]))
  return {path: file, before, after: text === undefined ? undefined : Buffer.from(text)}
}

async function applyExports(change: FileChange): Promise<void> {
  await write(change.path, change.after)
  try {
    await readExportsAnew(exec)
  } catch (error) {
    await write(change.path, change.before)
    await readExportsAnew(exec).catch(() => undefined)
    throw error
  }
}

async function write(path: string, bytes: Buffer | undefined): Promise<void> {
  if (bytes === undefined) return removeFile(path)
  await makeFolder(dirname(path))
  await writeAtomic(path, bytes, {mode: 0o644})
}
