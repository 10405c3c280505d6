// Hosts of a lab file: all that are to come, to change and to go, in one transaction with one restart of the DHCP server.
import {hostBootFiles, hostBootNames} from '../boot/host-files.js'
import {assert, PxectlError} from '../errors.js'
import type {Host, HostChange} from '../hosts/host.js'
import {readCatalog} from '../images/catalog.js'
import {didYouMean, labFileInvalid, type LabFileProblem} from '../lab-file/problem.js'
import type {HostSpec} from '../lab-file/spec.js'
import type {Mac} from '../net/mac.js'
import {hypervisorKinds} from '../vm/spec.js'
import {hostIpProblem, ipv4ToNumber, renderRange, renderSubnet} from '../net/ipv4.js'
import {bootHostOf, readBootContext} from './boot-context.js'
import {changeLab} from './change-lab.js'
import {checkHost} from './check-host.js'
import {chooseIps, chooseMacs} from './choose-host-values.js'
import {desiredBootOptions} from './dhcp-desired.js'
import {imagePlaces} from './image-lab.js'
import {abandoned, differences, namesOf, type LabPart, type PartChange, type PartContext, type PartMeans} from './lab-part.js'
import {leaseNotes, readLeasedAddresses} from './leased-addresses.js'
import {reservationOf} from './reservations.js'

export const hostsPart: LabPart = {
  kind: 'host',

  async plan(context) {
    const {spec, lab} = context
    const hosts = new Map(((await lab?.store.list()) ?? []).map((host) => [host.name.toLowerCase(), host]))
    checkSubnet(context, hosts)
    await checkBoot(context)
    const changes = spec.hosts.flatMap((wanted): PartChange[] => {
      const before = hosts.get(wanted.name.toLowerCase())
      const values = differences(before === undefined ? {} : describeHost(before), describeSpec(wanted))
      if (before === undefined) return [{kind: 'host', name: wanted.name, action: 'create', values}]
      return values.length === 0 ? [] : [{kind: 'host', name: wanted.name, action: 'change', values}]
    })
    const gone = abandoned(
      context,
      'host',
      spec.hosts.map(({name}) => name),
    ).filter(({name}) => hosts.has(name.toLowerCase()))
    return {
      changes: [...changes, ...gone.map(({name}): PartChange => ({kind: 'host', name, action: 'remove', values: []}))],
      unchanged: spec.hosts.length - changes.length,
      warnings: [],
    }
  },

  async apply(means, changes) {
    if (changes.length === 0) return []
    await means.claim('host', namesOf(changes, 'create'), '')
    const warnings = await changeHosts(means, changes)
    await means.disclaim('host', namesOf(changes, 'remove'))
    return warnings
  },
}

async function changeHosts(means: PartMeans, changes: readonly PartChange[]): Promise<readonly string[]> {
  const {lab, onProgress} = means
  const {answer, warnings} = await changeLab(lab, {onProgress}, async () => {
    const notes: string[] = []
    const {added, updated, removed} = await decideHosts(means, changes, notes)
    const context = await readBootContext(lab)
    const bootFiles = new Map<string, string | undefined>()
    for (const host of [...removed, ...updated.map(({before}) => before)]) {
      for (const name of hostBootNames(host.mac)) bootFiles.set(name, undefined)
    }
    const present = [...added, ...updated.map(({host}) => host)]
    for (const host of present) {
      notes.push(...(await checkHost(lab, host, context)))
      for (const [path, text] of hostBootFiles(bootHostOf(host), context)) bootFiles.set(path, text)
    }
    const hosts: HostChange[] = [
      ...removed.map(({name}) => ({kind: 'remove', name}) as const),
      ...updated.map(({before, host}) => ({kind: 'update', name: before.name, host}) as const),
      ...added.map((host) => ({kind: 'add', host}) as const),
    ]
    const upsert = [
      ...added.filter(({dhcp}) => dhcp).map((host) => ({reservation: reservationOf(host), isNew: true})),
      ...updated
        .filter(({host}) => host.dhcp)
        .map(({before, host}) => ({reservation: reservationOf(host), ...(before.dhcp ? {previousName: before.name} : {})})),
    ]
    const left = (await lab.store.list()).length - removed.length + added.length
    const bootOptions = left === 0 && endsBootOptions(means, removed) ? {bootOptions: 'remove' as const} : desiredBootOptions(lab)
    const remove = [...removed, ...updated.filter(({host}) => !host.dhcp).map(({before}) => before)].filter(({dhcp}) => dhcp)
    return {change: {hosts, dhcp: {upsert, remove: remove.map(({name}) => name), ...bootOptions}, bootFiles}, answer: notes}
  })
  return [...answer, ...warnings]
}

/** Where the lab goes down, what it declared beside its hosts goes too. */
function endsBootOptions({lab, spec, made}: PartMeans, removed: readonly Host[]): boolean {
  const name = 'dhcp.boot-options'
  // `up` removes only what the file names no longer.
  const goesDown = spec.hosts.some((wanted) => removed.some((host) => host.name.toLowerCase() === wanted.name.toLowerCase()))
  if (!goesDown || lab.dhcp === undefined || lab.settings.dhcp.bootOptions === 'none') return false
  return made.some((one) => one.kind === 'lab' || (one.kind === 'setting' && one.name === name && one.state.includes('"before":"none"')))
}

type Decided = {
  readonly added: readonly Host[]
  readonly updated: readonly {readonly before: Host; readonly host: Host}[]
  readonly removed: readonly Host[]
}

/** The hosts as they will be; addresses and MACs that the lab file leaves open are chosen together. */
async function decideHosts({lab, spec, now, random}: PartMeans, changes: readonly PartChange[], notes: string[]): Promise<Decided> {
  const time = now().toISOString()
  const specOf = (name: string): HostSpec[] => spec.hosts.filter((one) => one.name === name)
  const created = namesOf(changes, 'create').flatMap(specOf)
  const leased = await readLeasedAddresses(lab, now())
  const given = spec.hosts.flatMap(({ip}) => ip ?? [])
  const open = created.filter(({ip}) => ip === undefined)
  const chosen = open.length === 0 ? {ips: [], notes: leased.warnings} : await chooseIps(lab, leased, open.length, {except: given})
  const macs = await chooseNewMacs(lab, created, spec, random)
  notes.push(...chosen.notes)
  const added = created.map((one): Host => {
    const ip = one.ip ?? chosen.ips[open.indexOf(one)]
    const mac = one.mac ?? macs.get(one)
    assert(ip !== undefined && mac !== undefined, 'an address for each host')
    return {...valuesOf(one), ip, mac, createdAt: time, updatedAt: time}
  })
  for (const host of added) notes.push(...leaseNotes(leased, host))
  const updated = await Promise.all(
    namesOf(changes, 'change')
      .flatMap(specOf)
      .map(async (one) => {
        const before = await lab.store.getByName(one.name)
        return {before, host: {...before, ...valuesOf(one), ...givenAddresses(one), updatedAt: time}}
      }),
  )
  const removed = await Promise.all(namesOf(changes, 'remove').map((name) => lab.store.getByName(name)))
  return {added, updated, removed}
}

/** A host that is to be a VM gets an address of its hypervisor's. */
async function chooseNewMacs(
  lab: PartMeans['lab'],
  created: readonly HostSpec[],
  spec: PartMeans['spec'],
  random: PartMeans['random'],
): Promise<ReadonlyMap<HostSpec, Mac>> {
  const usual = lab.settings.vm.hypervisor
  const hypervisors = new Map(spec.vms.map(({name, hypervisor}) => [name.toLowerCase(), hypervisor ?? usual]))
  const given = spec.hosts.flatMap(({mac}) => mac ?? [])
  const chosen = new Map<HostSpec, Mac>()
  for (const kind of hypervisorKinds) {
    const open = created.filter(({name, mac}) => mac === undefined && (hypervisors.get(name.toLowerCase()) ?? usual) === kind)
    const macs = open.length === 0 ? [] : await chooseMacs(lab, kind, open.length, random, [...given, ...chosen.values()])
    for (const [index, host] of open.entries()) chosen.set(host, macs[index] as Mac)
  }
  return chosen
}

function valuesOf({name, root, image, bootArgs, firmware, dhcp}: HostSpec): Omit<Host, 'ip' | 'mac' | 'createdAt' | 'updatedAt'> {
  return {name, root, image, bootArgs, firmware: firmware === 'any' ? undefined : firmware, dhcp}
}

function givenAddresses({ip, mac}: HostSpec): Partial<Pick<Host, 'ip' | 'mac'>> {
  return {...(ip === undefined ? {} : {ip}), ...(mac === undefined ? {} : {mac})}
}

function describeHost(host: Host): Record<string, string | null> {
  const {ip, mac, root, image, bootArgs, firmware, dhcp} = host
  return {
    ip,
    mac,
    root: root ?? null,
    image: image ?? null,
    'boot-args': bootArgs ?? null,
    firmware: firmware ?? null,
    dhcp: dhcp ? 'yes' : 'no',
  }
}

/** Without what the lab file leaves open. */
function describeSpec(spec: HostSpec): Record<string, string | null> {
  const {root, image, bootArgs, firmware, dhcp} = valuesOf(spec)
  return {
    ...givenAddresses(spec),
    root: root ?? null,
    image: image ?? null,
    'boot-args': bootArgs ?? null,
    firmware: firmware ?? null,
    dhcp: dhcp ? 'yes' : 'no',
  }
}

/** What hosts boot must be in the file, or in the lab. */
async function checkBoot({spec, lab}: PartContext): Promise<void> {
  const present = lab === undefined ? [] : (await readCatalog(imagePlaces(lab).images)).map(({name}) => name)
  const images = [...spec.images.map(({name}) => name), ...present]
  const problems = spec.hosts.flatMap(({name, image, place}): LabFileProblem[] =>
    image === undefined || images.includes(image)
      ? []
      : [
          {
            ...place,
            message: `${name} is to boot the image ${image}, which is neither in this file nor in the lab${didYouMean(image, images)}`,
          },
        ],
  )
  if (problems.length > 0) throw labFileInvalid(problems)
}

/** Addresses that cannot be had are told before anything is made, with the place of each. */
function checkSubnet({spec, settings}: PartContext, hosts: ReadonlyMap<string, Host>): void {
  const {subnet, range, server, gateway} = settings.network
  const problems = spec.hosts.flatMap(({name, ip, place}): LabFileProblem[] => {
    if (ip === undefined) return []
    const problem =
      (subnet === undefined ? undefined : hostIpProblem(subnet, ip)) ??
      (ip === server ? 'it is the address of this server (network.server)' : undefined) ??
      (ip === gateway ? 'it is the address of the router (network.gateway)' : undefined)
    return problem === undefined ? [] : [{...place, message: `${name} cannot have the address ${ip}: ${problem}`}]
  })
  if (problems.length > 0) throw labFileInvalid(problems)
  const open = spec.hosts.filter(({name, ip}) => ip === undefined && !hosts.has(name.toLowerCase())).length
  if (range === undefined || subnet === undefined || open === 0) return
  const size = ipv4ToNumber(range.last) - ipv4ToNumber(range.first) + 1
  if (open <= size) return
  throw new PxectlError(
    `the lab does not fit: ${open} hosts want an address of ${renderRange(range)}, which has ${size}; nothing was changed`,
    {
      code: 'LAB_TOO_LARGE',
      kind: 'conflict',
      details: {hosts: open, addresses: size, subnet: renderSubnet(subnet)},
      suggestions: ['widen network.range and network.subnet in the lab file', 'or give the hosts addresses of their own'],
    },
  )
}
