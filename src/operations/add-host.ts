// Adds one host to the lab: database row, DHCP entry and boot files, all or nothing.
import {hostBootFiles} from '../boot/host-files.js'
import {PxectlError} from '../errors.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import type {Hostname} from '../net/hostname.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import {bootHostOf, readBootContext} from './boot-context.js'
import {changeLab, type Changed, type ChangeOptions} from './change-lab.js'
import {chooseIp, chooseMac, chooseName} from './choose-host-values.js'
import {checkHost} from './check-host.js'
import {desiredBootOptions} from './dhcp-desired.js'
import {leaseNotes, readLeasedAddresses} from './leased-addresses.js'
import {reservationOf} from './reservations.js'

export type NewHost = {
  /** Left out only with `auto`. */
  readonly name?: Hostname
  /** Left out: the next free address. */
  readonly ip?: Ipv4
  /** Left out: one is generated. */
  readonly mac?: Mac
  readonly root?: string
  readonly image?: string
  readonly bootArgs?: string
  readonly firmware?: Host['firmware']
  /** Declare the host in the DHCP server. */
  readonly dhcp: boolean
  /** Choose the name too: reverse DNS of the address, else made from the address. */
  readonly auto: boolean
}

export type AddHostOptions = ChangeOptions & {
  readonly random: (below: number) => number
  readonly now: () => Date
}

export async function addHost(
  lab: Lab,
  wanted: NewHost,
  options: AddHostOptions,
): Promise<Changed<{host: Host; notes: readonly string[]}>> {
  return changeLab(lab, options, async () => {
    const {host, notes} = await completeHost(lab, wanted, options)
    const context = await readBootContext(lab)
    const warnings = await checkHost(lab, host, context)
    await lab.store.checkFree(host)
    const change = {
      hosts: [{kind: 'add', host} as const],
      dhcp: host.dhcp ? {upsert: [{reservation: reservationOf(host), isNew: true}], remove: [], ...desiredBootOptions(lab)} : undefined,
      bootFiles: hostBootFiles(bootHostOf(host), context),
    }
    return {change, answer: {host, notes: [...notes, ...warnings]}}
  })
}

async function completeHost(lab: Lab, wanted: NewHost, options: AddHostOptions): Promise<{host: Host; notes: string[]}> {
  if (wanted.name === undefined && !wanted.auto) {
    throw new PxectlError('a new host needs a name', {
      code: 'NAME_MISSING',
      kind: 'usage',
      suggestions: ['pxectl add-host tk2', 'or let pxectl choose name, address and MAC: pxectl add-host --auto'],
    })
  }
  const leased = await readLeasedAddresses(lab, options.now())
  const {ip, notes} = wanted.ip === undefined ? await chooseIp(lab, leased, wanted.mac) : {ip: wanted.ip, notes: [...leased.warnings]}
  const name = wanted.name ?? (await chooseName(lab, ip))
  const mac = wanted.mac ?? (await chooseMac(lab, options.random))
  const now = options.now().toISOString()
  const {root, image, bootArgs, firmware, dhcp} = wanted
  // An empty value is how `host set` clears; here there is nothing to clear.
  const given = {root: root || undefined, image: image || undefined, bootArgs: bootArgs || undefined}
  const host = {name, ip, mac, ...given, firmware, dhcp, createdAt: now, updatedAt: now}
  return {host, notes: [...notes, ...leaseNotes(leased, host)]}
}
