// dhcpd.conf: what the ISC back end would declare at root.
import {renderHostLines} from '../../dhcpd-conf/edit-host.js'
import {applySplices} from '../../dhcpd-conf/splice.js'
import {planBootOptions} from '../isc-boot.js'
import {atRootOf} from '../isc-hosts.js'
import {parseConfFile} from '../isc-load.js'
import type {BootOptions} from '../reservation.js'
import type {Wanted} from './wanted.js'

export function pasteIsc({hosts, boot}: Wanted): string[] {
  return [...(boot === undefined ? [] : bootLines(boot)), ...hosts.flatMap((host) => renderHostLines(host, '', '  '))]
}

function bootLines(boot: BootOptions): string[] {
  const file = parseConfFile('dhcpd.conf', Buffer.alloc(0))
  const splices = planBootOptions([file], atRootOf(file), boot).get(file) ?? []
  return applySplices(file.bytes, splices).toString('utf8').trimEnd().split('\n')
}
