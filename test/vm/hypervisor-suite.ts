// What every hypervisor's back end must do, whatever runs behind it: the real program where a test can have it, else one that plays it.
import {randomUUID} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import {PxectlError} from '../../src/errors.js'
import {parseMac} from '../../src/net/mac.js'
import type {Hypervisor, VmRef, VmStatus} from '../../src/vm/hypervisor.js'
import {parseNetwork} from '../../src/vm/network.js'
import type {VmSpec} from '../../src/vm/spec.js'
import {renderStep} from '../../src/vm/steps.js'

export type HypervisorScene = {
  readonly hypervisor: Hypervisor
  /** Everything that the hypervisor keeps: its registrations and files, as text; to see that nothing was changed, or left. */
  snapshot(): Promise<string>
  /** Makes a VM of this name without pxectl. */
  makeForeign(name: string): Promise<VmRef>
  /** Lets the create of the next spec fail at about the middle of its steps. */
  failNextCreate(): void
}

export type HypervisorCase = {
  readonly name: string
  /** An empty hypervisor; it cleans up after itself when the test ends. */
  readonly open: () => Promise<HypervisorScene>
  /** Can its VMs be started here? */
  readonly canStart: boolean
  readonly network: string
  readonly timeoutMs?: number
}

/** A spec that every hypervisor takes. */
export function specOf(changes: Partial<VmSpec> & {readonly network?: string} = {}): VmSpec {
  const {network = 'nat', ...rest} = changes
  return {
    name: 'tk2',
    uuid: randomUUID(),
    cpus: 2,
    memoryMiB: 512,
    vramMiB: 16,
    nics: [{mac: parseMac('00:50:56:00:12:34'), model: undefined, network: parseNetwork(network)}],
    disks: [],
    firmware: 'bios',
    osType: 'linux',
    serial: {kind: 'none'},
    screenPort: undefined,
    natBoot: undefined,
    ...rest,
  }
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof PxectlError ? error.code : String(error)),
  )
}

/** Makes it and gives what the hypervisor says of it. */
export async function createVm(hypervisor: Hypervisor, wanted: VmSpec): Promise<VmStatus> {
  const {spec} = await hypervisor.checkSpec(wanted)
  await hypervisor.apply(await hypervisor.plan({kind: 'create', spec}))
  const found = (await hypervisor.list()).find(({name}) => name === spec.name)
  if (found === undefined) throw new Error(`${spec.name} was made and is not there`)
  return found
}

export function testHypervisor({name, open, canStart, network, timeoutMs = 60_000}: HypervisorCase): void {
  const spec = (changes: Partial<VmSpec> = {}): VmSpec => specOf({network, ...changes})

  describe(name, {timeout: timeoutMs}, () => {
    test('it is found, with a version', async () => {
      const {hypervisor} = await open()
      expect(await hypervisor.probe()).toMatchObject({program: expect.stringMatching(/./), version: expect.stringMatching(/\d/)})
    })

    test('a plan is commands and files to read, and changes nothing', async () => {
      const {hypervisor, snapshot} = await open()
      const before = await snapshot()
      const plan = await hypervisor.plan({kind: 'create', spec: (await hypervisor.checkSpec(spec())).spec})
      expect(plan.steps.length).toBeGreaterThan(0)
      expect(plan.steps.map(renderStep).join('\n')).toContain('tk2')
      expect(await snapshot()).toBe(before)
    })

    test('a VM is made as it was wanted, marked, off; removed, nothing is left of it', async () => {
      const {hypervisor, snapshot} = await open()
      const before = await snapshot()
      const wanted = spec({memoryMiB: 515, disks: [{sizeMiB: 64}], serial: {kind: 'file', path: undefined}})
      const made = await createVm(hypervisor, wanted)
      expect(made).toMatchObject({name: 'tk2', state: 'poweroff', isMarked: true, cpus: 2, macs: [wanted.nics[0]?.mac], firmware: 'bios'})
      expect(made.memoryMiB).toBe(515 - (515 % hypervisor.traits.memoryStepMiB))
      if (hypervisor.traits.identity === 'uuid') expect(made.uuid).toBe(wanted.uuid)
      expect(await hypervisor.find(made)).toEqual(made)
      await hypervisor.apply(await hypervisor.plan({kind: 'remove', vm: made}))
      expect(await hypervisor.find(made)).toBeUndefined()
      expect(await snapshot()).toBe(before)
    })

    test('a VM with UEFI and every card that boots from the network', async () => {
      const {hypervisor} = await open()
      const {nicModels} = hypervisor.traits
      expect(nicModels.length).toBeGreaterThan(0)
      for (const [at, model] of nicModels.entries()) {
        const mac = parseMac(`00:50:56:00:00:0${at}`)
        const nics = spec().nics.map((nic) => ({...nic, mac, model}))
        expect(await createVm(hypervisor, spec({name: `uefi${at}`, firmware: 'uefi', nics}))).toMatchObject({firmware: 'uefi', macs: [mac]})
      }
    })

    test('a name that is taken is refused, and the VM that has it stays', async () => {
      const {hypervisor, snapshot, makeForeign} = await open()
      await makeForeign('tk2')
      const before = await snapshot()
      const {spec: checked} = await hypervisor.checkSpec(spec())
      expect(await codeOf(hypervisor.plan({kind: 'create', spec: checked}))).toBe('VM_EXISTS')
      await hypervisor.discard(checked)
      expect(await snapshot()).toBe(before)
    })

    test('a VM that somebody else made is listed without our mark', async () => {
      const {hypervisor, makeForeign} = await open()
      const foreign = await makeForeign('theirs')
      expect(await hypervisor.find(foreign)).toMatchObject({name: 'theirs', isMarked: false})
    })

    test('a create that fails in the middle leaves nothing, and one that was killed is discarded', async () => {
      const {hypervisor, snapshot, failNextCreate} = await open()
      const before = await snapshot()
      const {spec: checked} = await hypervisor.checkSpec(spec({disks: [{sizeMiB: 64}]}))
      const plan = await hypervisor.plan({kind: 'create', spec: checked})
      failNextCreate()
      expect(await codeOf(hypervisor.apply(plan))).not.toBe('none')
      expect(await snapshot()).toBe(before)
      await hypervisor.apply(plan)
      await hypervisor.discard(checked)
      await hypervisor.discard(checked)
      expect(await snapshot()).toBe(before)
    })

    test('a VM that is off is given another size and another MAC', async () => {
      const {hypervisor} = await open()
      const made = await createVm(hypervisor, spec())
      const mac = parseMac('00:50:56:00:99:99')
      const nics = spec().nics.map((nic) => ({...nic, mac}))
      const {spec: checked} = await hypervisor.checkSpec(spec({uuid: made.uuid, cpus: 1, memoryMiB: 256, nics}))
      await hypervisor.apply(await hypervisor.plan({kind: 'reconfigure', vm: made, spec: checked}))
      expect(await hypervisor.find(made)).toMatchObject({cpus: 1, memoryMiB: 256, macs: [mac], isMarked: true, state: 'poweroff'})
    })

    test('what is not there, and what is off, says so', async () => {
      const {hypervisor} = await open()
      const nobody: VmRef = {name: 'nobody', uuid: randomUUID(), path: '/nonexistent/nobody'}
      for (const kind of ['reset', 'remove'] as const) expect(await codeOf(hypervisor.plan({kind, vm: nobody}))).toBe('VM_NOT_FOUND')
      expect(await codeOf(hypervisor.plan({kind: 'start', vm: nobody, display: 'headless'}))).toBe('VM_NOT_FOUND')
      expect(await hypervisor.find(nobody)).toBeUndefined()
      const made = await createVm(hypervisor, spec())
      expect(await codeOf(hypervisor.plan({kind: 'reset', vm: made}))).toBe('VM_NOT_RUNNING')
      expect(await codeOf(hypervisor.plan({kind: 'stop', vm: made, force: true}))).toBe('VM_NOT_RUNNING')
    })

    test('networks and cards that it does not have are refused by name', async () => {
      const {hypervisor} = await open()
      const {networks, nicModels} = hypervisor.traits
      const others = (['vmnet:vmnet8', 'tap:tap77', 'natnetwork:Lab', 'udp:9001:127.0.0.1:9002'] as const)
        .map(parseNetwork)
        .filter(({kind}) => !networks.includes(kind))
      expect(others.length).toBeGreaterThan(0)
      for (const other of others) {
        const nics = spec().nics.map((nic) => ({...nic, network: other}))
        expect(await codeOf(hypervisor.checkSpec(spec({nics}))), other.kind).toBe('VM_SPEC_INVALID')
      }
      const unfit = (['vmxnet3', 'pcnet', 'rtl8139', 'e1000e'] as const).find((model) => !nicModels.includes(model))
      if (unfit === undefined) return
      const nics = spec().nics.map((nic) => ({...nic, model: unfit}))
      expect(await codeOf(hypervisor.checkSpec(spec({nics}))), unfit).toBe('VM_SPEC_INVALID')
    })

    if (!canStart) return
    test('it starts, tells that it runs, is reset and stopped; a running one is not removed', async () => {
      const {hypervisor} = await open()
      const made = await createVm(hypervisor, spec())
      await hypervisor.apply(await hypervisor.plan({kind: 'start', vm: made, display: 'headless'}))
      const running = await hypervisor.find(made)
      expect(running).toMatchObject({state: 'running', cpus: 2})
      expect(running?.uptimeSeconds).toBeGreaterThanOrEqual(0)
      expect(await codeOf(hypervisor.plan({kind: 'remove', vm: made}))).toBe('VM_RUNNING')
      expect(await codeOf(hypervisor.plan({kind: 'start', vm: made, display: 'headless'}))).toBe('VM_RUNNING')
      await hypervisor.apply(await hypervisor.plan({kind: 'reset', vm: made}))
      await hypervisor.apply(await hypervisor.plan({kind: 'stop', vm: made, force: false}))
      // It may have switched itself off by now, or in a moment.
      const cut = await hypervisor.plan({kind: 'stop', vm: made, force: true}).catch(() => undefined)
      if (cut !== undefined) await hypervisor.apply(cut)
      expect(await hypervisor.find(made)).toMatchObject({state: 'poweroff'})
    })
  })
}
