// The MAC address of a new VM: its host's, the one that was given, or that of a host which is made with it.
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {parseHostname} from '../net/hostname.js'
import type {Mac} from '../net/mac.js'
import {quoteWord} from '../system/exec.js'
import type {SshTarget} from '../system/ssh-target.js'
import type {Hypervisor} from '../vm/hypervisor.js'
import {addHost} from './add-host.js'
import {chooseMacs} from './choose-host-values.js'
import type {NewVm} from './new-vm.js'
import {decodeSpec} from './vm-json.js'

export type ChosenMac = {
  readonly mac: Mac
  /** The firmware that the host is known to have. */
  readonly firmware: 'bios' | 'uefi' | undefined
  readonly notes: readonly string[]
  /** Is a host made with the VM? */
  readonly willAdd: boolean
  /** Makes it; does nothing where there is one. */
  readonly addHost: (onProgress: (step: string) => void) => Promise<void>
}

type MacOptions = {
  readonly random: (below: number) => number
  readonly now: () => Date
  readonly hypervisor: Hypervisor
  readonly target: SshTarget | undefined
}

/** Throws VM_HOST_MISSING without any, VM_MAC_DIFFERS where the host has another than was given, VM_MAC_TAKEN where another VM has it. */
export async function chooseMacFor(lab: Lab, wanted: NewVm, options: MacOptions): Promise<ChosenMac> {
  const chosen = await findMac(lab, wanted, options)
  await checkMacFree(lab, chosen.mac, options.hypervisor)
  return chosen
}

async function findMac(lab: Lab, wanted: NewVm, options: MacOptions): Promise<ChosenMac> {
  const nothing = {willAdd: false, addHost: async () => undefined}
  const host = await lab.store.findByName(wanted.name)
  if (host !== undefined) {
    if (wanted.mac !== undefined && wanted.mac !== host.mac) throw macDiffers(host.name, host.mac, wanted.mac)
    const notes = wanted.addHost ? [`there is a host ${host.name} already; its MAC address ${host.mac} is used`] : []
    return {mac: host.mac, firmware: host.firmware, notes, ...nothing}
  }
  if (wanted.addHost) return newHost(lab, wanted, options)
  if (wanted.mac === undefined) throw hostMissing(wanted.name)
  const owner = await lab.store.findByMac(wanted.mac)
  const notes =
    owner === undefined
      ? [`no host has the MAC address ${wanted.mac}: it boots what unknown machines get`]
      : [`it boots as the host ${owner.name}`]
  return {mac: wanted.mac, firmware: owner?.firmware, notes, ...nothing}
}

async function newHost(lab: Lab, wanted: NewVm, {random, now, hypervisor}: MacOptions): Promise<ChosenMac> {
  const mac = wanted.mac ?? (await chooseMacs(lab, hypervisor.traits.kind, 1, random))[0]
  if (mac === undefined) throw new Error('broken invariant: one MAC address was asked for')
  const host = {
    name: parseHostname(wanted.name),
    mac,
    ...(wanted.ip === undefined ? {} : {ip: wanted.ip}),
    ...(wanted.image === undefined ? {} : {image: wanted.image}),
    ...(wanted.firmware === undefined ? {} : {firmware: wanted.firmware}),
    dhcp: true,
    auto: false,
  }
  // Whatever keeps the host from being made is told before anything is.
  const planned = await addHost(lab, host, {random, now, dryRun: true})
  return {
    mac,
    firmware: wanted.firmware,
    notes: [`the host ${host.name} is made with it: ${planned.answer.host.ip} ${mac}`, ...planned.answer.notes],
    willAdd: true,
    addHost: async (onProgress) => {
      onProgress(`adding the host ${host.name}`)
      await addHost(lab, {...host, ip: planned.answer.host.ip}, {random, now, onProgress})
    },
  }
}

async function checkMacFree(lab: Lab, mac: Mac, hypervisor: Hypervisor): Promise<void> {
  for (const record of await lab.vms.list()) {
    if (decodeSpec(record).nics.some((nic) => nic.mac === mac)) throw macTaken(mac, record.name, record.machine)
  }
  const other = (await hypervisor.list()).find(({macs}) => macs.includes(mac))
  if (other !== undefined) throw macTaken(mac, other.name, undefined)
}

function macTaken(mac: Mac, other: string, machine: string | undefined): PxectlError {
  const where = machine === undefined ? '' : ` on ${machine}`
  return new PxectlError(`the VM ${other}${where} has the MAC address ${mac}; nothing was changed`, {
    code: 'VM_MAC_TAKEN',
    kind: 'conflict',
    details: {mac, other, machine: machine ?? null},
    suggestions: [`see it: pxectl vm show ${quoteWord(other)}`, 'or give the VM one of its own: --mac, see pxectl mac'],
  })
}

function macDiffers(host: string, has: Mac, given: Mac): PxectlError {
  return new PxectlError(`the host ${host} has the MAC address ${has}, not ${given}; nothing was changed`, {
    code: 'VM_MAC_DIFFERS',
    kind: 'conflict',
    details: {host, has, given},
    suggestions: ['leave --mac out', `or give the host the other one first: pxectl host set ${quoteWord(host)} --mac ${given}`],
  })
}

function hostMissing(name: string): PxectlError {
  return new PxectlError(`the host database has no host ${name}, and no MAC address was given for the VM`, {
    code: 'VM_HOST_MISSING',
    kind: 'notFound',
    details: {name},
    suggestions: [
      'make the host with it: --add-host',
      `or before it: pxectl add-host ${quoteWord(name)}`,
      'or give the VM an address alone: --mac 08:00:27:12:34:56',
    ],
  })
}
