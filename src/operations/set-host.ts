// Changes a host; what is not given stays. Database row, DHCP entry and boot files change together or not at all.
import {hostBootFiles, hostBootNames} from '../boot/host-files.js'
import type {DhcpChange} from '../dhcp/server.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import type {Hostname} from '../net/hostname.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import {bootHostOf, readBootContext} from './boot-context.js'
import {changeLab, type Changed, type ChangeOptions} from './change-lab.js'
import {checkHost} from './check-host.js'
import {desiredBootOptions} from './dhcp-desired.js'
import {leaseNotes, readLeasedAddresses} from './leased-addresses.js'
import {reservationOf} from './reservations.js'

/** New values; an empty string clears root, image and boot arguments. */
export type HostUpdate = {
  readonly name?: Hostname
  readonly ip?: Ipv4
  readonly mac?: Mac
  readonly root?: string
  readonly image?: string
  readonly bootArgs?: string
  readonly firmware?: 'bios' | 'uefi' | 'any'
  readonly dhcp?: boolean
}

export type SetHostOptions = ChangeOptions & {readonly now: () => Date}

export async function setHost(
  lab: Lab,
  name: string,
  update: HostUpdate,
  options: SetHostOptions,
): Promise<Changed<{host: Host; notes: readonly string[]}>> {
  return changeLab(lab, options, async () => {
    const before = await lab.store.getByName(name)
    const host = updateHost(before, update, options.now())
    const context = await readBootContext(lab)
    const isMoved = host.ip !== before.ip || host.mac !== before.mac
    const leased = isMoved ? await readLeasedAddresses(lab, options.now()) : undefined
    const notes = [
      ...(await checkHost(lab, host, context)),
      ...(leased === undefined ? [] : [...leased.warnings, ...leaseNotes(leased, host)]),
    ]
    await lab.store.checkFree(host, before)
    const files = new Map<string, string | undefined>()
    for (const path of hostBootNames(before.mac)) files.set(path, undefined)
    for (const [path, text] of hostBootFiles(bootHostOf(host), context)) files.set(path, text)
    const change = {hosts: [{kind: 'update', name: before.name, host} as const], dhcp: dhcpChange(lab, before, host), bootFiles: files}
    return {change, answer: {host, notes}}
  })
}

function updateHost(before: Host, update: HostUpdate, now: Date): Host {
  const cleared = (value: string | undefined, old: string | undefined): string | undefined => (value === '' ? undefined : (value ?? old))
  // Naming the one boot source replaces the other.
  const root =
    update.image !== undefined && update.image !== '' && update.root === undefined ? undefined : cleared(update.root, before.root)
  const image =
    update.root !== undefined && update.root !== '' && update.image === undefined ? undefined : cleared(update.image, before.image)
  return {
    ...before,
    name: update.name ?? before.name,
    ip: update.ip ?? before.ip,
    mac: update.mac ?? before.mac,
    root,
    image,
    bootArgs: cleared(update.bootArgs, before.bootArgs),
    firmware: update.firmware === 'any' ? undefined : (update.firmware ?? before.firmware),
    dhcp: update.dhcp ?? before.dhcp,
    updatedAt: now.toISOString(),
  }
}

function dhcpChange(lab: Lab, before: Host, after: Host): DhcpChange | undefined {
  // Its firmware is a part of them, and nothing else of theirs should change with a host.
  const options = before.firmware === undefined && after.firmware === undefined ? {} : desiredBootOptions(lab)
  if (!after.dhcp) return before.dhcp ? {upsert: [], remove: [before.name], ...options} : undefined
  return {upsert: [{reservation: reservationOf(after), ...(before.dhcp ? {previousName: before.name} : {})}], remove: [], ...options}
}
