// Machines of VirtualBox that are hosts of the lab: is their network card where this DHCP server hears it?
import type {Mac} from '../net/mac.js'
import {renderCommandLine} from '../system/exec.js'
import {natTftpOptions} from '../vboxmanage/nat-tftp.js'
import {networkOf} from '../vboxmanage/machines.js'
import type {VboxNic, VmInfo} from '../vboxmanage/vm-info.js'
import type {VboxVersion} from '../vboxmanage/version.js'
import type {Reservation} from './reservation.js'
import type {CheckContext, Finding} from './server.js'

export type VmCheck = {
  readonly machines: readonly VmInfo[]
  readonly version: VboxVersion
  readonly network: string
  readonly expected: readonly Reservation[]
  readonly context: CheckContext
  /** The file that BIOS is given, where it is known. */
  readonly file?: string | undefined
  /** The machines, by UUID, whose NAT tells them what pxectl wants; undefined: boot options are not pxectl's. */
  readonly natReady: ReadonlySet<string> | undefined
}

export function checkVms(check: VmCheck): Finding[] {
  const hosts = new Map<Mac, Reservation>(check.expected.map((reservation) => [reservation.mac, reservation]))
  return check.machines.flatMap((vm) =>
    vm.nics.flatMap((nic) => {
      const host = nic.mac === undefined ? undefined : hosts.get(nic.mac)
      return host === undefined ? [] : vmFindings(vm, nic, host, check)
    }),
  )
}

function vmFindings(vm: VmInfo, nic: VboxNic, {name, firmware}: Reservation, check: VmCheck): Finding[] {
  const findings: Finding[] = []
  const who = `the machine ${vm.name} (host ${name})`
  if (nic.attachment === 'nat') findings.push(natFinding(vm, nic, who, check))
  else if (networkOf(nic) !== check.network) {
    const message = `${who}: its network card ${nic.nic} is at ${nic.attachment} ${nic.network ?? ''}, not at ${check.network}: this DHCP server never hears it`
    const suggestion = renderCommandLine({file: 'VBoxManage', args: ['modifyvm', vm.uuid, ...attachTo(check.network, nic.nic)]})
    findings.push({severity: 'warning', code: 'VM_NETWORK_DIFFERS', message, suggestion})
  }
  if (vm.firmware.startsWith('efi') && firmware !== 'uefi') {
    const message = `${who} has the firmware ${vm.firmware}, which cannot run the file that VirtualBox's DHCP server gives to all`
    const suggestion = `VBoxManage modifyvm ${vm.uuid} --firmware bios, or say it: pxectl host set ${name} --firmware uefi`
    findings.push({severity: 'warning', code: 'VM_FIRMWARE_UEFI', message, suggestion})
  }
  return findings
}

/** Plain NAT has a DHCP server of its own in the machine. */
function natFinding({uuid}: VmInfo, {nic}: VboxNic, who: string, {version, context, file, natReady}: VmCheck): Finding {
  const code = 'VM_NETWORK_DIFFERS'
  const message = `${who}: its network card ${nic} is at NAT, which answers DHCP by itself, and gives no fixed addresses`
  if (natReady?.has(uuid) === true)
    return {severity: 'note', code, message: `${message}; the boot file is the lab's`, suggestion: 'meant so? then all is well'}
  const options = natTftpOptions(version, {nic, server: context.server ?? 'SERVER', file: file ?? 'pxelinux.0'})
  const byHand = renderCommandLine({file: 'VBoxManage', args: ['modifyvm', uuid, ...options]})
  return {
    severity: 'warning',
    code,
    message,
    suggestion: `boot over NAT all the same: ${natReady === undefined ? byHand : 'pxectl dhcp apply'}`,
  }
}

/** One-word options: they work from 6.1 to 7.2. What else than host-only it is, the name does not tell. */
function attachTo(network: string, nic: number): string[] {
  const hostOnly = /^HostInterfaceNetworking-(.*)$/.exec(network)?.[1]
  if (hostOnly !== undefined) return [`--nic${nic}`, 'hostonly', `--hostonlyadapter${nic}`, hostOnly]
  return [`--nic${nic}`, 'intnet', `--intnet${nic}`, network]
}
