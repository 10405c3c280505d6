// The hosts that a DHCP server of VirtualBox knows. Their names are option 12, since VirtualBox has none for them; what is pxectl's
// carries a mark in the option 224, which is free for anybody's use (RFC 3942) and only sent to clients that ask for it.
import {findMac, type Mac} from '../net/mac.js'
import type {VboxDhcpServer} from '../vboxmanage/dhcp-servers.js'
import type {DeclaredHost} from './server.js'
import {firmwareOf} from './virtualbox-firmware.js'
import {selectorOf, type ServerState} from './virtualbox-state.js'

export const MARK = `--set-opt-hex=224 ${Buffer.from('pxectl').toString('hex')}`

/** A host with the section that it stands in. Without a name it has its selector's. */
export type VboxHost = DeclaredHost & {readonly selector: string; readonly settings: readonly string[]}

/** Single clients with an address or a name; `path` and the lines are those of the rendered state. */
export function vboxHosts(server: VboxDhcpServer, state: ServerState, path: string): VboxHost[] {
  const macs = new Map<string, Mac | undefined>(server.scopes.map((scope) => [selectorOf(scope), 'mac' in scope ? scope.mac : undefined]))
  let line = 1
  return state.flatMap(({selector, settings}): VboxHost[] => {
    const at = line
    line += 1 + settings.length
    const address = valueOf(settings, '--fixed-address=')
    const name = valueOf(settings, '--set-opt=12 ')
    if (!/^--(?:mac-address|vm)=/.test(selector) || (address === undefined && name === undefined)) return []
    const mac = macs.get(selector) ?? findMac(selector.replace('--mac-address=', ''))
    const firmware = firmwareOf(state, mac)
    return [
      {
        name: name ?? selector.replace(/^--(?:mac-address=)?/, ''),
        mac,
        addresses: address === undefined ? [] : [address],
        file: path,
        line: at,
        managed: settings.includes(MARK),
        selector,
        settings,
        ...(firmware === undefined ? {} : {firmware}),
      },
    ]
  })
}

/** What stands behind the beginning, in the first setting that has it. */
export function valueOf(settings: readonly string[], start: string): string | undefined {
  return settings.find((setting) => setting.startsWith(start))?.slice(start.length)
}
