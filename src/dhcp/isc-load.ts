// Reads a dhcpd.conf and everything it includes, as dhcpd does.
import {dirname, join} from 'node:path'
import {findDeclarations, type Declarations} from '../dhcpd-conf/find.js'
import {findError, parseDhcpdConf} from '../dhcpd-conf/parse.js'
import {lineOf, type Tree} from '../dhcpd-conf/tree.js'
import {PxectlError} from '../errors.js'
import {fileExists, findBytes, findStats, realPath} from '../system/files.js'

export type ConfFile = {readonly path: string; readonly bytes: Buffer; readonly tree: Tree; readonly declarations: Declarations}

export type Configuration = {
  readonly main: ConfFile
  /** The main file first, then what it includes, in order. */
  readonly files: readonly ConfFile[]
  readonly warnings: readonly string[]
}

/** Reads the configuration; throws where the main file or an included one is missing. */
export async function readConfiguration(path: string): Promise<Configuration> {
  const bytes = await findConfBytes(path)
  if (bytes === undefined) {
    throw new PxectlError(`the DHCP server's configuration ${path} does not exist; nothing was changed`, {
      code: 'DHCPD_CONF_MISSING',
      kind: 'notFound',
      details: {path},
      suggestions: [
        'install the DHCP server: apt-get install isc-dhcp-server',
        'name the right file: pxectl config set dhcp.config /etc/dhcp/dhcpd.conf',
      ],
    })
  }
  const main = parseConfFile(path, bytes)
  const files: ConfFile[] = []
  const warnings: string[] = []
  const real = await realPath(path)
  await readIncludes(main, {folder: dirname(path), files, warnings, known: new Set([real])}, [{path, real}])
  return {main, files, warnings}
}

/** Only a regular file: reading a FIFO would wait for ever, and renaming onto a device would replace it. */
async function findConfBytes(path: string): Promise<Buffer | undefined> {
  const stats = await findStats(path)
  if (stats === undefined || stats.isFile()) return findBytes(path)
  throw new PxectlError(`${path} is no regular file; it was not touched`, {
    code: 'DHCPD_CONF_NOT_FILE',
    kind: 'environment',
    details: {path},
    suggestions: [`look at what it is: ls -lL ${path}`, 'name the right file: pxectl config set dhcp.config /etc/dhcp/dhcpd.conf'],
  })
}

export function parseConfFile(path: string, bytes: Buffer): ConfFile {
  const tree = parseDhcpdConf(bytes)
  return {path, bytes, tree, declarations: findDeclarations(tree)}
}

type Reading = {readonly folder: string; readonly files: ConfFile[]; readonly warnings: string[]; readonly known: Set<string>}

/** `chain` holds the files that are being read, outermost first: dhcpd reads a loop until it crashes. */
async function readIncludes(file: ConfFile, reading: Reading, chain: readonly Included[]): Promise<void> {
  const {folder, files, warnings, known} = reading
  files.push(file)
  for (const include of file.declarations.includes) {
    const where = `${file.path}:${lineOf(file.tree, include.statement)}`
    const path = await resolveInclude(include.path, folder)
    const bytes = await findConfBytes(path)
    if (bytes === undefined) {
      throw new PxectlError(`${where} includes ${include.path}, which does not exist; nothing was changed`, {
        code: 'DHCPD_INCLUDE_MISSING',
        kind: 'invalidData',
        details: {file: file.path, include: include.path},
        suggestions: [`make the file (it may be empty): touch ${path}`, `or remove the line from ${file.path}`],
      })
    }
    // One file may be reached under several names; edited under two of them, one edit would be lost.
    const real = await realPath(path)
    const loop = chain.findIndex((outer) => outer.real === real)
    if (loop !== -1) throw includeLoop([...chain.slice(loop).map((outer) => outer.path), path], where, file.path)
    if (known.has(real)) {
      warnings.push(`${where}: ${path} is included a second time`)
      continue
    }
    known.add(real)
    if (!include.path.startsWith('/')) {
      warnings.push(`${where}: "${include.path}" is relative to dhcpd's working folder, not to this file; read as ${path}`)
    }
    await readIncludes(parseConfFile(path, bytes), reading, [...chain, {path, real}])
  }
}

type Included = {readonly path: string; readonly real: string}

function includeLoop(chain: readonly string[], where: string, file: string): PxectlError {
  return new PxectlError(`${where} makes the includes go in a circle: ${chain.join(' includes ')}; nothing was changed`, {
    code: 'DHCPD_INCLUDE_LOOP',
    kind: 'invalidData',
    details: {file, chain},
    suggestions: [`remove that line from ${file}: dhcpd reads it until it crashes`],
  })
}

/** dhcpd resolves relative paths from its working folder, `/` for a service; the folder of dhcpd.conf is our second guess. */
export async function resolveInclude(path: string, folder: string): Promise<string> {
  const fromRoot = join('/', path)
  return path.startsWith('/') || (await fileExists(fromRoot)) ? fromRoot : join(folder, path)
}

/** Refuses a file whose structure is uncertain. */
export function refuseBroken(file: ConfFile): void {
  const problem = findError(file.tree)
  if (problem === undefined) return
  throw new PxectlError(`${file.path}:${problem.line}:${problem.column}: ${problem.message}; nothing was changed`, {
    code: 'DHCPD_CONF_BROKEN',
    kind: 'invalidData',
    details: {file: file.path, line: problem.line, column: problem.column},
    suggestions: [`mend it in an editor: ${file.path}, line ${problem.line}`, `see what dhcpd says: dhcpd -t -cf ${file.path}`],
  })
}
