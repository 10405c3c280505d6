// The machines that VirtualBox knows, each with what it tells of itself.
import type {VBoxManage} from './program.js'
import {parseVmInfo, parseVmList, type VmInfo} from './vm-info.js'

/** Every machine; one whose files are gone is listed as <inaccessible>, and left out. */
export async function listMachines(vbox: VBoxManage): Promise<VmInfo[]> {
  const machines: VmInfo[] = []
  for (const {uuid} of parseVmList(await vbox.mustRun(['list', 'vms']))) {
    const {problem, stdout} = await vbox.run(['showvminfo', uuid, '--machinereadable'])
    if (problem === undefined) machines.push({...parseVmInfo(stdout), uuid})
  }
  return machines
}

/** The name of the network that a card is at, as the DHCP servers of VirtualBox have it. */
export function networkOf({attachment, network = ''}: VmInfo['nics'][number]): string {
  return attachment === 'hostonly' ? `HostInterfaceNetworking-${network}` : network
}
