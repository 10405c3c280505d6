// Where a running dhcpd can be spoken to, as its own dhcpd.conf says: omapi-port, omapi-key, and the key of that name.
// The secret goes nowhere but into signatures: never into a message, a log or a command line.
import {childStatements, findStatements, wordOf} from '../dhcpd-conf/find-statements.js'
import {ROOT} from '../dhcpd-conf/statements.js'
import {decodeString} from '../dhcpd-conf/string.js'
import {lineOf, statementWords, type Tree} from '../dhcpd-conf/tree.js'
import {findBytes} from '../system/files.js'
import {readConfiguration, type ConfFile, type Configuration} from './isc-load.js'
import {omapiAlgorithms, type OmapiKey} from './omapi-message.js'
import type {OmapiPlace} from './omapi-session.js'

export type OmapiDeclaration = {
  readonly port: number
  readonly file: string
  readonly line: number
  /** undefined: dhcpd takes orders from everybody who reaches the port. */
  readonly keyName: string | undefined
}

/** dhcpd binds the port on all IPv4 addresses; from this machine the nearest one is asked. */
const HOST = '127.0.0.1'

/** The last `omapi-port` of the files; undefined: dhcpd does not listen. */
export function findOmapi(files: readonly ConfFile[]): OmapiDeclaration | undefined {
  const [last] = globalStatements(files, 'omapi-port').slice(-1)
  if (last === undefined) return undefined
  const port = Number(wordOf(last.file.tree, last.statement))
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  const [key] = globalStatements(files, 'omapi-key').slice(-1)
  const keyName = key === undefined ? undefined : decodeString(wordOf(key.file.tree, key.statement))
  return {port, file: last.file.path, line: lineOf(last.file.tree, last.statement), keyName}
}

/** Where and with which key to speak to dhcpd; undefined where the files name no port, no key, or a key that dhcpd cannot use. */
export function findOmapiPlace(files: readonly ConfFile[]): OmapiPlace | undefined {
  const declared = findOmapi(files)
  if (declared?.keyName === undefined) return undefined
  const {keyName, port} = declared
  const keys = files.flatMap(({tree}) => [...findStatements(tree, 'key')].flatMap((statement) => readKey(tree, statement) ?? []))
  const key = keys.find(({name}) => name === keyName)
  return key === undefined ? undefined : {host: HOST, port, key}
}

/** The configuration if it names an OMAPI port; undefined where it does not, or cannot be read. Quick for a long file without one. */
export async function readOmapiConfiguration(config: string): Promise<Configuration | undefined> {
  const bytes = await findBytes(config).catch(() => undefined)
  if (bytes === undefined || !/omapi-port|include/i.test(bytes.toString('latin1'))) return undefined
  const configuration = await readConfiguration(config).catch(() => undefined)
  return configuration === undefined || findOmapi(configuration.files) === undefined ? undefined : configuration
}

/** dhcpd looks for them in the global scope only. */
function globalStatements(files: readonly ConfFile[], word: string): {readonly file: ConfFile; readonly statement: number}[] {
  return files.flatMap((file) => [...childStatements(file.tree, ROOT, word)].map((statement) => ({file, statement})))
}

function readKey(tree: Tree, statement: number): OmapiKey | undefined {
  if ((tree.statements.open[statement] ?? -1) < 0) return undefined
  const [algorithmAt] = childStatements(tree, statement, 'algorithm')
  const [secretAt] = childStatements(tree, statement, 'secret')
  if (algorithmAt === undefined || secretAt === undefined) return undefined
  // dhcpd completes a bare name itself; a full one in dhcpd.conf ends with a dot or not.
  const written = wordOf(tree, algorithmAt)
    .toLowerCase()
    .replace(/\.sig-alg\.reg\.int\.?$/, '')
  const algorithm = omapiAlgorithms.find((known) => known === written)
  const name = decodeString(statementWords(tree, statement).slice(1).join(''))
  const secret = Buffer.from(decodeString(wordOf(tree, secretAt)), 'base64')
  return algorithm === undefined || secret.length === 0 ? undefined : {name, algorithm, secret}
}
