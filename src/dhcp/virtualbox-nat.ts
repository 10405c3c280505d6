// Machines of VirtualBox whose card is at plain NAT: no DHCP server of a network hears them, NAT answers by itself and names the boot
// file that the machine's own settings say. They are state as text too, so that they are planned, shown, undone and rolled back alike.
//
//     --vm=tk1
//     --nic=1
//       --nat-enable-tftp=on
//       --nattftpfile=pxelinux.0
//       --nattftpserver=10.0.0.1
//       --pxectl-host=tk1
import type {NatSettings} from '../vboxmanage/nat-settings.js'
import type {VmInfo} from '../vboxmanage/vm-info.js'
import {isAtLeast, type VboxVersion} from '../vboxmanage/version.js'
import {refuseEndless, type OneFileServer} from './one-file-boot.js'
import type {BootOptions} from './reservation.js'
import type {DhcpChange} from './server.js'
import {valueOf} from './virtualbox-hosts.js'
import type {Section, ServerState} from './virtualbox-state.js'

/** A machine with what its cards at NAT are told now. */
export type NatMachine = {readonly vm: VmInfo; readonly state: ServerState}

/** Extra data of a machine: which host the settings of a card were made for. Without it they are somebody else's. */
const EXTRA_DATA = 'pxectl/nat-tftp-'
const HOST = '--pxectl-host='

/** The state of a machine: its name, then each card that was told something. */
export function natStateOf({name}: VmInfo, {cards, extraData}: NatSettings): ServerState {
  const sections = [...cards].map(([nic, {isOn, prefix, file, server}]): Section => {
    const host = extraData.get(`${EXTRA_DATA}${nic}`)
    const settings = [
      ...(isOn ? ['--nat-enable-tftp=on'] : []),
      ...(file === '' ? [] : [`--nattftpfile=${file}`]),
      ...(prefix === '' ? [] : [`--nattftpprefix=${prefix}`]),
      ...(server === '' ? [] : [`--nattftpserver=${server}`]),
      ...(host === undefined ? [] : [HOST + host]),
    ]
    return {selector: `--nic=${nic}`, settings}
  })
  // In one order, also of ten cards and more.
  return [{selector: `--vm=${name}`, settings: []}, ...sections.sort((a, b) => (a.selector < b.selector ? -1 : 1))]
}

/** What `VBoxManage` is to be called with. The one-word options work from 6.1 to 7.2. */
export function natCommands(vm: string, from: ServerState, to: ServerState): string[][] {
  const nics = [...new Set([...from, ...to].flatMap(({selector}) => /^--nic=(\d+)$/.exec(selector)?.[1] ?? []))]
  return nics.flatMap((nic) => {
    const [before, after] = [from, to].map((state) => state.find(({selector}) => selector === `--nic=${nic}`)?.settings ?? [])
    const value = (settings: readonly string[] | undefined, name: string): string => valueOf(settings ?? [], `--${name}=`) ?? ''
    const changed = (name: string): boolean => value(before, name) !== value(after, name)
    const options = ['nat-enable-tftp', 'nattftpprefix', 'nattftpserver', 'nattftpfile'].filter(changed)
    const words = options.flatMap((name) => [`--${name}${nic}`, value(after, name) || (name === 'nat-enable-tftp' ? 'off' : '')])
    const host = value(after, 'pxectl-host')
    return [
      ...(words.length === 0 ? [] : [['modifyvm', vm, ...words]]),
      ...(changed('pxectl-host') ? [['setextradata', vm, `${EXTRA_DATA}${nic}`, ...(host === '' ? [] : [host])]] : []),
    ]
  })
}

/** What decides what the cards are told. */
export type NatContext = {
  readonly version: VboxVersion
  /** undefined leaves the boot options alone. */
  readonly options: BootOptions | 'remove' | undefined
  /** VirtualBox's own TFTP server is to serve this folder: for labs whose TFTP server is not at the port that firmware asks. */
  readonly folder: string | undefined
}

/** A machine, and the state that it is to have. */
export type NatPlan = {readonly machine: NatMachine; readonly after: ServerState}

/** The machines whose settings are to change. */
export function planNat(
  change: DhcpChange,
  machines: readonly NatMachine[],
  context: NatContext,
): {plans: readonly NatPlan[]; warnings: readonly string[]} {
  const warnings: string[] = []
  const plans = machines.flatMap((machine): NatPlan[] => {
    const after = wantedState(change, machine, context, warnings)
    if (JSON.stringify(after) === JSON.stringify(machine.state)) return []
    if (isChangeable(machine.vm)) return [{machine, after}]
    warnings.push(`the machine ${machine.vm.name} is ${machine.vm.state}: what NAT tells it is set when it is off, by pxectl dhcp apply`)
    return []
  })
  return {plans, warnings}
}

/** A machine that runs, or was put to sleep, is locked. */
function isChangeable({state}: VmInfo): boolean {
  return ['poweroff', 'aborted', ''].includes(state)
}

function wantedState(change: DhcpChange, machine: NatMachine, context: NatContext, warnings: string[]): ServerState {
  const {vm, state} = machine
  const [head, ...sections] = state
  const slots = new Set([...sections.map(({selector}) => selector), ...vm.nics.map(({nic}) => `--nic=${nic}`)])
  const wanted = [...slots].sort().map((selector): Section => {
    const own = sections.find((section) => section.selector === selector)?.settings ?? []
    return {selector, settings: wantedCard(change, {vm, selector, own}, context, warnings)}
  })
  return [...(head === undefined ? [] : [head]), ...wanted.filter(({settings}) => settings.length > 0)]
}

type Card = {readonly vm: VmInfo; readonly selector: string; readonly own: readonly string[]}

function wantedCard({upsert, remove}: DhcpChange, {vm, selector, own}: Card, context: NatContext, warnings: string[]): readonly string[] {
  const {options} = context
  const nic = vm.nics.find((card) => `--nic=${card.nic}` === selector && card.attachment === 'nat')
  const owner = valueOf(own, HOST)
  const isRemoved = owner !== undefined && remove.some((name) => name === owner)
  if (options === undefined) return isRemoved ? [] : own
  if (options === 'remove') return owner === undefined ? own : []
  const isNamed = isRemoved || upsert.some(({reservation: {name}, previousName}) => name === owner || previousName === owner)
  const host = upsert.find(({reservation: {mac}}) => mac === nic?.mac)?.reservation.name ?? (isNamed ? undefined : owner)
  if (own.length > 0 && owner === undefined) {
    if (nic !== undefined && host !== undefined)
      warnings.push(`the machine ${vm.name} (host ${host}) has boot settings of its own for NAT: they stay`)
    return own
  }
  return nic === undefined || host === undefined ? [] : natSettings(vm, options, context, host)
}

function natSettings(vm: VmInfo, options: BootOptions, {version, folder}: NatContext, host: string): string[] {
  refuseEndless(options, NAT)
  const file = vm.firmware.startsWith('efi') ? options.loaders.uefiX64 : options.loaders.bios
  return [
    // 7.2 ignores the rest without it, and older ones refuse it.
    ...(isAtLeast(version, [7, 2]) ? ['--nat-enable-tftp=on'] : []),
    `--nattftpfile=${file}`,
    // Without a server it is VirtualBox's own, whose address has changed between versions.
    folder === undefined ? `--nattftpserver=${options.nextServer}` : `--nattftpprefix=${folder}`,
    HOST + host,
  ].sort()
}

/** Has pxectl told one of the cards what to boot? */
export function hasBootOfOurs(state: ServerState): boolean {
  return state.some(({settings}) => valueOf(settings, HOST) !== undefined)
}

const NAT: OneFileServer = {
  server: "VirtualBox's NAT",
  instead: 'put the card to a network where pxectl answers: pxectl serve --dhcp full',
}
