// VBoxManage lines: what the VirtualBox back end would run on a server that knows nothing yet.
import {renderCommandLine} from '../../system/exec.js'
import {bootSettings} from '../virtualbox-boot.js'
import {commandsBetween} from '../virtualbox-commands.js'
import {sectionOf} from '../virtualbox-plan.js'
import {firmwareGroups} from '../virtualbox-firmware.js'
import {GLOBAL, type Section} from '../virtualbox-state.js'
import type {Wanted} from './wanted.js'

export function pasteVirtualbox({hosts, boot, network = 'NETWORK'}: Wanted): string[] {
  const global: Section[] = boot === undefined ? [] : [{selector: GLOBAL, settings: bootSettings(boot)}]
  const groups = firmwareGroups([], {gone: [], known: hosts, options: boot})
  const isIpxe = boot !== undefined && boot.loaderForBiosIpxe !== true
  const lines = [...global, ...groups, ...hosts.map((host) => sectionOf(host))].flatMap((section) =>
    commandsBetween(network, [], [section]).map((args) => renderCommandLine({file: 'VBoxManage', args})),
  )
  // The ROM of VirtualBox's machines is iPXE: it would be given itself for ever.
  return [
    ...(isIpxe
      ? ['# One file for all clients: boot by PXELINUX (pxectl config set boot.loader pxelinux), or this loads itself for ever.']
      : []),
    ...lines,
  ]
}
