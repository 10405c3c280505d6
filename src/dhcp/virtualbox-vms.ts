// Machines of VirtualBox that are hosts of the lab: is their network card where this DHCP server hears it?
import type {Mac} from '../net/mac.js'
import {renderCommandLine} from '../system/exec.js'
import {natTftpOptions} from '../vboxmanage/nat-tftp.js'
import type {VBoxManage} from '../vboxmanage/program.js'
import {parseVmInfo, parseVmList, type VboxNic, type VmInfo} from '../vboxmanage/vm-info.js'
import type {VboxVersion} from '../vboxmanage/version.js'
import type {Reservation} from './reservation.js'
import type {CheckContext, Finding} from './server.js'

export type VmCheck = {
  readonly vbox: VBoxManage
  readonly network: string
  readonly expected: readonly Reservation[]
  readonly context: CheckContext
  /** The file that BIOS is given, where it is known. */
  readonly file?: string | undefined
}

export async function checkVms(check: VmCheck): Promise<Finding[]> {
  const {vbox, expected} = check
  if (expected.length === 0) return []
  const version = await vbox.version()
  const names = new Map<Mac, string>(expected.map(({mac, name}) => [mac, name]))
  const findings: Finding[] = []
  for (const {uuid} of parseVmList(await vbox.mustRun(['list', 'vms']))) {
    const {problem, stdout} = await vbox.run(['showvminfo', uuid, '--machinereadable'])
    // One whose files are gone is listed as <inaccessible>, and is nobody's host.
    if (problem !== undefined) continue
    const vm = parseVmInfo(stdout)
    for (const nic of vm.nics) {
      const host = nic.mac === undefined ? undefined : names.get(nic.mac)
      if (host !== undefined) findings.push(...vmFindings(vm, nic, host, {...check, version}))
    }
  }
  return findings
}

function vmFindings(vm: VmInfo, nic: VboxNic, host: string, check: VmCheck & {readonly version: VboxVersion}): Finding[] {
  const findings: Finding[] = []
  const who = `the machine ${vm.name} (host ${host})`
  if (nic.attachment === 'nat') findings.push(natFinding(vm, nic, who, check))
  else if (networkOf(nic) !== check.network) {
    const message = `${who}: its network card ${nic.nic} is at ${nic.attachment} ${nic.network ?? ''}, not at ${check.network}: this DHCP server never hears it`
    const suggestion = renderCommandLine({file: 'VBoxManage', args: ['modifyvm', vm.uuid, ...attachTo(check.network, nic.nic)]})
    findings.push({severity: 'warning', code: 'VM_NETWORK_DIFFERS', message, suggestion})
  }
  if (vm.firmware.startsWith('efi')) {
    const message = `${who} has the firmware ${vm.firmware}, which cannot run the file that VirtualBox's DHCP server gives to all`
    const suggestion = `VBoxManage modifyvm ${vm.uuid} --firmware bios`
    findings.push({severity: 'warning', code: 'VM_FIRMWARE_UEFI', message, suggestion})
  }
  return findings
}

/** Plain NAT has a DHCP server of its own in the machine. */
function natFinding(
  {uuid}: VmInfo,
  {nic}: VboxNic,
  who: string,
  {version, context, file}: VmCheck & {readonly version: VboxVersion},
): Finding {
  const message = `${who}: its network card ${nic} is at NAT, which answers DHCP by itself, and gives no fixed addresses`
  const options = natTftpOptions(version, {nic, server: context.server ?? 'SERVER', file: file ?? 'pxelinux.0'})
  const suggestion = `boot over NAT all the same: ${renderCommandLine({file: 'VBoxManage', args: ['modifyvm', uuid, ...options]})}`
  return {severity: 'warning', code: 'VM_NETWORK_DIFFERS', message, suggestion}
}

/** The name of the network that the card is at, as the DHCP server has it. */
function networkOf({attachment, network = ''}: VboxNic): string {
  return attachment === 'hostonly' ? `HostInterfaceNetworking-${network}` : network
}

/** One-word options: they work from 6.1 to 7.2. What else than host-only it is, the name does not tell. */
function attachTo(network: string, nic: number): string[] {
  const hostOnly = /^HostInterfaceNetworking-(.*)$/.exec(network)?.[1]
  if (hostOnly !== undefined) return [`--nic${nic}`, 'hostonly', `--hostonlyadapter${nic}`, hostOnly]
  return [`--nic${nic}`, 'intnet', `--intnet${nic}`, network]
}
