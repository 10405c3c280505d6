// Reads a Kea configuration and everything it includes, as kea-dhcp4 does.
import {dirname} from 'node:path'
import {PxectlError} from '../errors.js'
import {findIncludes, parseKeaConf, type File} from '../kea-conf/parse.js'
import {findMember, valueOf, type Document, type Node} from '../kea-conf/tree.js'
import {findBytes, findStats} from '../system/files.js'
import {resolveInclude} from './isc-load.js'
import {recordOf, type KeaRecord} from './kea-value.js'

export type KeaConfiguration = {
  readonly path: string
  readonly document: Document
  readonly dhcp4: Node
  /** Every file of it, the main one first. */
  readonly files: readonly string[]
}

/** Other bytes for some of the files: candidates that are not in place yet. */
export type Candidates = ReadonlyMap<string, Buffer>

/** Throws where a file is missing, or where kea-dhcp4 would stop reading. */
export async function readKeaConfiguration(path: string, candidates: Candidates = new Map()): Promise<KeaConfiguration> {
  const {document, files} = await readDocument(path, candidates)
  const {problem, root} = document
  if (problem !== undefined) throw broken(`${problem.path}:${problem.line}:${problem.column}: ${problem.message}`, problem)
  const dhcp4 = findMember(root, 'Dhcp4')
  if (dhcp4?.kind !== 'object') throw broken(`${path}: there is no "Dhcp4" in it`, {path, line: 1})
  return {path, document, dhcp4, files}
}

/** The configuration as Kea takes it over the control channel. */
export function dhcp4Value({document, dhcp4}: KeaConfiguration): KeaRecord {
  return recordOf(valueOf(document, dhcp4)) ?? {}
}

async function readDocument(path: string, candidates: Candidates): Promise<{document: Document; files: string[]}> {
  const main: File = {path, bytes: await readConf(path, candidates, 'main')}
  /** By the path that the directive names. */
  const included = new Map<string, File>()
  const files = [path]
  const pending = [main]
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    for (const directive of findIncludes(file.bytes)) {
      if (included.has(directive.path)) continue
      // As with dhcpd: relative to the daemon's working folder, `/` for a service.
      const target = await resolveInclude(directive.path, dirname(path))
      const found: File = {path: target, bytes: await readConf(target, candidates, `${file.path}, which includes it`)}
      included.set(directive.path, found)
      if (!files.includes(target)) files.push(target)
      pending.push(found)
    }
  }
  return {document: parseKeaConf(main, (name) => included.get(name)), files}
}

/** Only a regular file: reading a FIFO would wait for ever, and renaming onto a device would replace it. */
async function readConf(path: string, candidates: Candidates, includer: string): Promise<Buffer> {
  const candidate = candidates.get(path)
  if (candidate !== undefined) return candidate
  const stats = await findStats(path)
  const isMain = includer === 'main'
  if (stats?.isFile() === false) {
    throw new PxectlError(`${path} is no regular file; it was not touched`, {
      code: 'DHCPD_CONF_NOT_FILE',
      kind: 'environment',
      details: {path},
      suggestions: [`look at what it is: ls -lL ${path}`],
    })
  }
  const bytes = stats === undefined ? undefined : await findBytes(path)
  if (bytes !== undefined) return bytes
  if (isMain) {
    throw new PxectlError(`the configuration of Kea, ${path}, does not exist; nothing was changed`, {
      code: 'DHCPD_CONF_MISSING',
      kind: 'notFound',
      details: {path},
      suggestions: [
        'install Kea: apt-get install kea-dhcp4-server',
        'name the right file: pxectl config set dhcp.config /etc/kea/kea-dhcp4.conf',
      ],
    })
  }
  throw new PxectlError(`${path} does not exist (see ${includer}); nothing was changed`, {
    code: 'DHCPD_INCLUDE_MISSING',
    kind: 'invalidData',
    details: {include: path},
    suggestions: ['make the file, or remove the line that includes it'],
  })
}

function broken(message: string, {path, line, column}: {path: string; line: number; column?: number}): PxectlError {
  return new PxectlError(`${message}; nothing was changed`, {
    code: 'DHCPD_CONF_BROKEN',
    kind: 'invalidData',
    details: {file: path, line, ...(column === undefined ? {} : {column})},
    suggestions: [`mend it in an editor: ${path}, line ${line}`, `see what Kea says: kea-dhcp4 -t ${path}`],
  })
}
