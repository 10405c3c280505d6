// A dhcpd.conf as a configuration of Kea: read, converted, perhaps proved, printed or written to a new file. Neither server is
// touched.
import {dirname} from 'node:path'
import {readConfiguration, refuseBroken, resolveInclude} from '../dhcp/isc-load.js'
import {convertToKea, type Unconverted} from '../dhcp/isc-to-kea.js'
import {PxectlError} from '../errors.js'
import {fileExists, writeAtomic} from '../system/files.js'
import type {Proof} from './prove-judge.js'
import {proveMigration, type ProveOptions} from './prove-migration.js'

export type MigrateOptions = {
  /** The dhcpd.conf. */
  readonly from: string
  /** A new file; undefined: only the answer has the text. */
  readonly output: string | undefined
  /** Where Kea listens; every interface otherwise. */
  readonly interface: string | undefined
  readonly dryRun: boolean
  /** Ask both real daemons whether they answer the same. */
  readonly prove?: ProveOptions
}

export type Migrated = {
  readonly from: string
  readonly output: string | null
  /** The whole file: JSON. */
  readonly text: string
  readonly unconverted: readonly Unconverted[]
  /** null: it was not asked for. */
  readonly proof: Proof | null
  readonly warnings: readonly string[]
}

/** Where Debian's Kea keeps its socket, on 2.2 to 3.0 (3.0 takes no other folder). */
const CONTROL_SOCKET = '/run/kea/kea4-ctrl-socket'

/**
 * Converts; throws where the configuration cannot be read or is broken, the output file is there already, or it cannot be
 * proved. Differences that a proof finds are part of the answer, and the output is written.
 */
export async function migrateDhcp({from, output, interface: name, dryRun, prove}: MigrateOptions): Promise<Migrated> {
  if (output !== undefined && (await fileExists(output))) throw outputExists(output)
  const configuration = await readConfiguration(from)
  const {files, warnings} = configuration
  for (const file of files) refuseBroken(file)
  const byPath = new Map(files.map((file) => [file.path, file]))
  const paths = new Map<string, string>()
  for (const {declarations} of files) {
    for (const {path} of declarations.includes) paths.set(path, await resolveInclude(path, dirname(from)))
  }
  const {config, unconverted} = convertToKea(files, (path) => byPath.get(paths.get(path) ?? path))
  const frame = {
    'interfaces-config': {interfaces: [name ?? '*']},
    'control-socket': {'socket-type': 'unix', 'socket-name': CONTROL_SOCKET},
    'lease-database': {type: 'memfile', persist: true},
  }
  const text = `${JSON.stringify({Dhcp4: {...frame, ...config}}, undefined, 2)}\n`
  const proof = prove === undefined ? null : await proveMigration(configuration, config, prove)
  if (output !== undefined && !dryRun) await writeAtomic(output, text, {mode: 0o640})
  return {from, output: output ?? null, text, unconverted, proof, warnings: [...warnings, ...(proof?.warnings ?? [])]}
}

function outputExists(path: string): PxectlError {
  return new PxectlError(`${path} is there already; it was not overwritten`, {
    code: 'OUTPUT_EXISTS',
    kind: 'conflict',
    details: {path},
    suggestions: ['name another file with --output, or move that one away'],
  })
}
