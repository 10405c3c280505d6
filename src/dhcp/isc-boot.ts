// Boot options as a marked block of dhcpd.conf, beside what the user has declared there.
import {BOOT_OPTIONS_BLOCK, removeBootOptions, setBootOptions} from '../dhcpd-conf/boot-options.js'
import type {BootDeclaration} from '../dhcpd-conf/find.js'
import {findMarkedBlocks} from '../dhcpd-conf/marked-block.js'
import type {Splice} from '../dhcpd-conf/splice.js'
import {isWord, lineOf, significantTokens, tokenEnd, tokenStart} from '../dhcpd-conf/tree.js'
import {bootTable, refuseLongFilenames} from './boot-table.js'
import {conflict} from './isc-conflicts.js'
import type {Place} from './isc-hosts.js'
import type {ConfFile} from './isc-load.js'
import type {BootOptions} from './reservation.js'

/** The splices that make every file say the boot options, or stop saying them. */
export function planBootOptions(files: readonly ConfFile[], place: Place, options: BootOptions | 'remove'): Map<ConfFile, Splice[]> {
  if (options === 'remove') return new Map(files.map((file) => [file, removeBootOptions(file.tree)]))
  return new Map(files.map((file) => [file, file === place.file ? setInPlace(place, options) : removeBootOptions(file.tree)]))
}

function setInPlace({file, into}: Place, options: BootOptions): Splice[] {
  const own = ownDeclarations(file, into)
  const filename = own.find((declaration) => declaration.keyword === 'filename')
  if (filename !== undefined) {
    const where = `${file.path}:${lineOf(file.tree, filename.statement)}`
    throw conflict(
      'DHCP_FILENAME_DECLARED',
      `${where} declares a filename already, in the place where pxectl would choose it by firmware`,
      {file: file.path},
      [
        `remove that line from ${file.path}, and run this again`,
        'or leave the boot options to yourself: pxectl config set dhcp.boot-options none',
      ],
    )
  }
  const nextServers = own.filter((declaration) => declaration.keyword === 'next-server')
  const arms = bootTable(options)
  refuseLongFilenames(arms)
  const block = {nextServer: nextServers.length === 0 ? options.nextServer : undefined, arms}
  return [
    ...nextServers.flatMap((declaration) => replaceNextServer(file, declaration, options.nextServer)),
    ...setBootOptions(file.tree, into, block),
  ]
}

/** next-server and filename of the user's in the scope, also in an `if` there; those of pxectl's block are not meant. */
function ownDeclarations({tree, declarations}: ConfFile, scope: number): BootDeclaration[] {
  const blocks = findMarkedBlocks(tree, BOOT_OPTIONS_BLOCK)
  const {first, parent} = tree.statements
  const scopeOf = (declaration: BootDeclaration): number => {
    let around = declaration.scope
    while (around >= 0 && ['if', 'elsif', 'else'].some((word) => isWord(tree, first[around]!, word))) around = parent[around]!
    return around
  }
  return declarations.boot.filter((declaration) => {
    const token = first[declaration.statement]!
    return scopeOf(declaration) === scope && !blocks.some((block) => block.end !== undefined && token > block.begin && token < block.end)
  })
}

function replaceNextServer({tree}: ConfFile, declaration: BootDeclaration, nextServer: string): Splice[] {
  const value = significantTokens(tree, declaration.statement).slice(1)
  const first = value[0]
  const last = value.at(-1)
  if (first === undefined || last === undefined) return []
  const splice = {start: tokenStart(tree, first), end: tokenEnd(tree, last), text: nextServer}
  return tree.bytes.toString('latin1', splice.start, splice.end) === nextServer ? [] : [splice]
}
