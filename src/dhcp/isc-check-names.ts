// Names where dhcpd wants addresses. It looks them up when it reads its configuration: next-server becomes 0.0.0.0 where the name
// does not resolve, and a host loses its address, both without a word.
import {findStatements, wordOf} from '../dhcpd-conf/find-statements.js'
import {lineOf, spanOf, lineCounter} from '../dhcpd-conf/tree.js'
import {findIpv4} from '../net/ipv4.js'
import type {ConfFile} from './isc-load.js'
import type {CheckContext, Finding} from './server.js'

/** As many names are looked up; a file with more of them is told so. */
const MOST_NAMES = 100
const AT_ONCE = 8

type Named = {readonly what: string; readonly name: string; readonly file: string; readonly line: number; readonly effect: string}

export async function nameFindings(files: readonly ConfFile[], {resolve}: CheckContext): Promise<Finding[]> {
  if (resolve === undefined) return []
  const named = files.flatMap((file) => [...nextServers(file), ...fixedAddresses(file)])
  const names = [...new Set(named.map(({name}) => name))]
  const addresses = new Map<string, readonly string[] | undefined>()
  const queue = names.slice(0, MOST_NAMES)
  await Promise.all(
    Array.from({length: AT_ONCE}, async () => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) addresses.set(name, await resolve(name))
    }),
  )
  const skipped = named.find(({name}) => !addresses.has(name))
  return [
    ...named
      .filter(({name}) => addresses.get(name)?.length === 0)
      .map(({what, name, file, line, effect}): Finding => ({
        severity: 'error',
        code: 'DHCP_NAME_UNRESOLVED',
        message: `${what} is the name ${name}, which has no address here: ${effect}`,
        file,
        line,
        suggestion: 'write the address itself, or give the name one in /etc/hosts',
      })),
    ...(skipped === undefined
      ? []
      : [
          {
            severity: 'note' as const,
            code: 'DHCP_NAMES_SKIPPED',
            message: `${names.length} names are used as addresses; the first ${MOST_NAMES} were looked up`,
            file: skipped.file,
            line: skipped.line,
            suggestion: 'write addresses: dhcpd looks up every name before it serves anybody',
          },
        ]),
  ]
}

function nextServers({path, tree}: ConfFile): Named[] {
  return [...findStatements(tree, 'next-server')].flatMap((statement) => {
    const name = wordOf(tree, statement)
    if (name === '' || findIpv4(name) !== undefined) return []
    return [{what: 'next-server', name, file: path, line: lineOf(tree, statement), effect: 'clients are sent to 0.0.0.0'}]
  })
}

function fixedAddresses({path, tree, declarations}: ConfFile): Named[] {
  const line = lineCounter(tree.bytes)
  return declarations.hosts.flatMap((host) => {
    const hostLine = line(spanOf(tree, host.statement).start)
    return (host.fixedAddress?.values ?? [])
      .filter(({ip}) => ip === undefined)
      .map(({text}) => ({
        what: `an address of host ${host.name.text}`,
        name: text,
        file: path,
        line: hostLine,
        effect: 'dhcpd goes without it',
      }))
  })
}
