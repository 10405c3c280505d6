// Plays the firmware of one host against its own lab.
import {randomInt} from 'node:crypto'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {exec} from '../system/exec.js'
import {start} from '../system/start.js'
import {bootTestVm, type VmBootTest, type VmBootTestOptions} from './boot-test-vm.js'
import {openBootDoors} from './boot-test-clients.js'
import {bootTest, type BootTestResult, type BootTestStep, type TestFirmware} from './boot-test.js'

export type BootTestLabOptions = {
  /** Default: the host's own, else bios. */
  readonly firmware?: TestFirmware
  /** How long to wait for each answer. */
  readonly timeoutMs: number
  readonly onStep?: (step: BootTestStep) => void
}

/** Boots the host with real firmware in QEMU, on a private network. `pxectl`: the words that start this program. */
export async function bootTestLabInVm(
  lab: Lab,
  name: string,
  options: Pick<VmBootTestOptions, 'firmware' | 'expect' | 'timeoutMs' | 'pxectl' | 'onProgress'>,
): Promise<VmBootTest> {
  return bootTestVm(lab, name, {...options, isRoot: process.getuid?.() === 0, exec, start})
}

/** Throws only where the test cannot be made, HOST_NOT_FOUND for one; a host that would not boot is a result. */
export async function bootTestLab(lab: Lab, name: string, options: BootTestLabOptions): Promise<BootTestResult> {
  const {network, serve, dhcp, lab: place} = lab.settings
  const host = await lab.store.getByName(name)
  const server = requireSetting(network.server, 'network.server')
  // Any DHCP server but our own wants to be asked on port 67 by a relay; with a port of its own, only ours can be meant.
  const isForeign = dhcp.backend !== 'builtin' && serve.dhcpPort === 67
  const doors = openBootDoors({
    host,
    server,
    tftpPort: serve.tftpPort,
    dhcpPort: serve.dhcpPort,
    relay: isForeign ? server : undefined,
    timeoutMs: options.timeoutMs,
    randomXid: () => randomInt(2 ** 32),
    now: () => performance.now(),
  })
  return bootTest({
    host,
    firmware: options.firmware ?? host.firmware ?? 'bios',
    doors,
    tftpRoot: place.tftpRoot,
    ...(options.onStep === undefined ? {} : {onStep: options.onStep}),
  })
}
