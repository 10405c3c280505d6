// A dhcpd.conf as it may run beside the real one, on a network of its own: what it tells clients is the same; what would act
// on this computer or needs what is not there is left out.
import {findStatements} from '../dhcpd-conf/find-statements.js'
import {applySplices, type Splice} from '../dhcpd-conf/splice.js'
import {quoteString} from '../dhcpd-conf/string.js'
import {spanOf} from '../dhcpd-conf/tree.js'
import type {ConfFile} from './isc-load.js'

/**
 * `on` and `execute` start programs; the lease file and the pid file would be those of the real dhcpd; an address that it listens
 * on, DNS servers and OMAPI clients are not there. dhcpd pings an address before it gives it: nobody is there, and it takes a second.
 */
const LEFT_OUT = [
  ...['on', 'execute', 'lease-file-name', 'dhcp-lease-file-name', 'pid-file-name', 'dhcp-pid-file-name', 'local-address', 'local-port'],
  ...['omapi-port', 'omapi-key', 'ddns-update-style', 'log-facility', 'ping-check', 'ping-timeout'],
]

/** The bytes of a copy of the file; `copyOf` gives where the copy of an included file stands. */
export function proofCopy({bytes, declarations, tree}: ConfFile, isMain: boolean, copyOf: (include: string) => string): Buffer {
  const spans = LEFT_OUT.flatMap((word) => [...findStatements(tree, word)].map((statement) => ({...spanOf(tree, statement), text: ''})))
  const outermost = spans.filter((span) => !spans.some((outer) => outer !== span && outer.start <= span.start && outer.end >= span.end))
  const includes = declarations.includes.flatMap(({statement, path}): Splice[] => {
    const span = spanOf(tree, statement)
    const isGone = outermost.some(({start, end}) => start <= span.start && end >= span.end)
    return isGone ? [] : [{...span, text: `include ${quoteString(copyOf(path))};`}]
  })
  const copy = applySplices(bytes, [...outermost, ...includes])
  return isMain ? Buffer.concat([Buffer.from('ping-check off; ddns-update-style none; '), copy]) : copy
}
