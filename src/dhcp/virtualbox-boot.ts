// next-server and the boot file for VirtualBox's DHCP server: options 66 and 67 for the whole network. It could choose by vendor class,
// but 7.2.22 refuses every condition that firmware would meet ("Value is too long: 10 bytes").
import {conflict} from './isc-conflicts.js'
import {refuseEndless, type OneFileServer} from './one-file-boot.js'
import type {BootOptions} from './reservation.js'
import {MARK} from './virtualbox-hosts.js'
import {sortSettings, type Section} from './virtualbox-state.js'

/** How to have every firmware served. */
export function oneFileServer(network: string): OneFileServer {
  return {
    server: "VirtualBox's DHCP server",
    instead: `turn it off and let pxectl answer: VBoxManage dhcpserver modify --network=${network} --disable && pxectl serve --dhcp full`,
  }
}

/**
 * Option 67 is a whole URL. VirtualBox's server never fills the packet's field for next-server, only options 66 and 67 as options;
 * the ROM of its machines (iPXE 1.21.1) says "Nothing to boot" then, unless the name tells the server too.
 */
export function bootSettings({nextServer, loaders}: BootOptions): string[] {
  return [`--set-opt=66 ${nextServer}`, `--set-opt=67 tftp://${nextServer}/${loaders.bios}`, MARK]
}

const BOOT_SETTING = /^--set-opt(?:-hex)?=6[67] /

/** The global section with our boot options, or without them; those that somebody else declared are refused, or stay. */
export function withBoot(section: Section, options: BootOptions | 'remove', network: string, path: string): Section {
  const isOurs = section.settings.includes(MARK)
  if (options === 'remove' && !isOurs) return section
  const rest = section.settings.filter((setting) => !BOOT_SETTING.test(setting) && setting !== MARK)
  if (options === 'remove') return {...section, settings: rest}
  refuseEndless(options, oneFileServer(network))
  const foreign = section.settings.filter((setting) => BOOT_SETTING.test(setting))
  if (foreign.length > 0 && !isOurs) throw declaredAlready(foreign, network, path)
  const settings = sortSettings([...rest, ...bootSettings(options)])
  return settings.join('\n') === section.settings.join('\n') ? section : {...section, settings}
}

function declaredAlready(settings: readonly string[], network: string, path: string): Error {
  const said = settings.map((setting) => setting.replace(/^--set-opt(?:-hex)?=/, 'option ')).join(', ')
  const remove = settings.map((setting) => `--del-opt=${/=(\d+)/.exec(setting)?.[1] ?? ''}`).join(' ')
  return conflict('DHCP_FILENAME_DECLARED', `the network ${network} has boot options already: ${said}`, {file: path, network}, [
    `remove them, and run this again: VBoxManage dhcpserver modify --network=${network} ${remove}`,
    'or leave the boot options to yourself: pxectl config set dhcp.boot-options none',
  ])
}
