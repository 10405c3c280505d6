// Plays the firmware of one host against its own lab.
import {randomInt} from 'node:crypto'
import {join} from 'node:path'
import {httpUrlOf} from '../boot/menu.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {exec} from '../system/exec.js'
import {listInterfaceAddresses} from '../system/network.js'
import {isRoot} from '../system/privileges.js'
import {start} from '../system/start.js'
import {readBootContext} from './boot-context.js'
import {findWayBeside} from './boot-test-beside.js'
import {bootTestVm, type VmBootTest, type VmBootTestOptions} from './boot-test-vm.js'
import {openBootDoors} from './boot-test-clients.js'
import type {RootPlace} from './boot-test-root.js'
import {bootTest, type BootTestResult, type BootTestStep, type TestFirmware} from './boot-test.js'

export type BootTestLabOptions = {
  /** Default: the host's own, else bios. */
  readonly firmware?: TestFirmware
  /** How long to wait for each answer. */
  readonly timeoutMs: number
  /** The words that start this program, to ask a DHCP server from beside this machine. */
  readonly pxectl?: VmBootTestOptions['pxectl']
  readonly onStep?: (step: BootTestStep) => void
}

/** Boots the host with real firmware in QEMU, on a private network. `pxectl`: the words that start this program. */
export async function bootTestLabInVm(
  lab: Lab,
  name: string,
  options: Pick<VmBootTestOptions, 'firmware' | 'expect' | 'timeoutMs' | 'pxectl' | 'onProgress'>,
): Promise<VmBootTest> {
  return bootTestVm(lab, name, {...options, isRoot: isRoot(), exec, start})
}

/** Throws only where the test cannot be made, HOST_NOT_FOUND for one; a host that would not boot is a result. */
export async function bootTestLab(lab: Lab, name: string, options: BootTestLabOptions): Promise<BootTestResult> {
  const {network, serve, dhcp, lab: settings} = lab.settings
  const host = await lab.store.getByName(name)
  const server = requireSetting(network.server, 'network.server')
  // Any DHCP server but our own wants to be asked on port 67 by a relay; with a port of its own, only ours can be meant.
  const isForeign = dhcp.backend !== 'builtin' && serve.dhcpPort === 67
  const relay = isForeign ? server : undefined
  const beside = relay === undefined ? {} : await wayBeside(lab, host, options)
  const doors = openBootDoors({
    host,
    server,
    tftpPort: serve.tftpPort,
    dhcpPort: serve.dhcpPort,
    relay,
    ...beside,
    timeoutMs: options.timeoutMs,
    randomXid: () => randomInt(2 ** 32),
    now: () => performance.now(),
  })
  const place = await findRootPlace(lab, host)
  return bootTest({
    host,
    firmware: options.firmware ?? host.firmware ?? 'bios',
    doors,
    tftpRoot: settings.tftpRoot,
    ...(place === undefined ? {} : {place}),
    ...(options.onStep === undefined ? {} : {onStep: options.onStep}),
  })
}

async function findRootPlace(lab: Lab, host: Host): Promise<RootPlace | undefined> {
  const context = await readBootContext(lab)
  const root = host.root === undefined ? undefined : context.roots.get(host.root)
  if (root === undefined) return undefined
  const state = context.stateFolder === undefined ? undefined : join(context.stateFolder, host.name)
  return {root, state, server: context.server, httpUrl: httpUrlOf(context)}
}

async function wayBeside(
  {settings: {network}}: Lab,
  host: Host,
  {timeoutMs, pxectl}: BootTestLabOptions,
): ReturnType<typeof findWayBeside> {
  const own = listInterfaceAddresses().find(({address}) => address === network.server)
  return findWayBeside({host, interface: own?.interface ?? network.interface, pxectl, isRoot: isRoot(), timeoutMs, exec, start})
}
