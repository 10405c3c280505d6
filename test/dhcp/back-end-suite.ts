// What every DHCP back end must do, whatever its server: run for each of them in back-ends.test.ts.
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import type {Reservation} from '../../src/dhcp/reservation.js'
import type {DhcpChange, DhcpServer} from '../../src/dhcp/server.js'
import {bootOptions, errorOf, reservation} from './fake-dhcpd.js'

type MaybePromise<T> = T | Promise<T>

/** A back end on an empty, valid configuration of its server for 10.0.0.0/24, with a daemon that is a fake. */
export type BackEndScene = {
  readonly server: DhcpServer
  /** Every file of the configuration by its path, as it is now; without backups and locks. */
  files(): MaybePromise<Readonly<Record<string, string>>>
  /** From now on the server's own test refuses, or its restart fails. */
  refuseTests(): void
  failRestarts(): void
  /** What was asked of the daemon since the last look: `test`, `restart` (or reload), in order. */
  calls(): readonly string[]
  /** What somebody else may do to a configuration: it stays valid. */
  changeByHand(): MaybePromise<unknown>
  /** The server's record of leases, in its own language; the clock of the back end stands at `NOW` or some seconds later. Not every server has one. */
  readonly record?: {
    readonly path: string
    readonly render: (lease: {readonly ip: string; readonly mac: string; readonly endsMs: number}) => string
  }
}

export type BackEndCase = {
  readonly name: string
  readonly open: () => MaybePromise<BackEndScene>
  /** The server has a test of its own (`dhcpd -t`). */
  readonly canTest: boolean
  /** The server cannot tell firmware apart: all clients get the BIOS loader, which must be PXELINUX. */
  readonly hasOneFile?: boolean
  /** Changes take effect without a restart. */
  readonly isLive?: boolean
}

/** Where the clocks of the scenes begin. */
export const NOW = Date.UTC(2026, 10, 21, 13, 35, 2, 123)

const one = reservation('one', '52:54:00:00:00:01', '10.0.0.11')
const two = reservation('two', '52:54:00:00:00:02', '10.0.0.12')
const add = (...reservations: (typeof one)[]): DhcpChange => ({
  upsert: reservations.map((each) => ({reservation: each, isNew: true})),
  remove: [],
})

export function testBackEnd({name, open, canTest, hasOneFile = false, isLive = false}: BackEndCase): void {
  const options = {...bootOptions, loaderForBiosIpxe: hasOneFile}
  const apply = async ({server}: BackEndScene, change: DhcpChange) => server.apply(await server.plan(change), {restart: true})
  const declaredIn = async ({server}: BackEndScene): Promise<string[]> =>
    (await server.declared()).map((host) => `${host.name} ${host.mac} ${host.addresses.join(',')}`).sort()

  describe(name, () => {
    test('a plan touches nothing', async () => {
      const scene = await open()
      const before = await scene.files()
      const plan = await scene.server.plan(add(one))
      expect(plan.files.length).toBeGreaterThan(0)
      expect(await scene.files()).toEqual(before)
      expect(scene.calls()).toEqual([])
    })

    test('hosts are added, found, changed, renamed and removed; then every byte is as it was', async () => {
      const scene = await open()
      const before = await scene.files()
      await apply(scene, add(one, two))
      expect(await declaredIn(scene)).toEqual(['one 52:54:00:00:00:01 10.0.0.11', 'two 52:54:00:00:00:02 10.0.0.12'])
      expect((await scene.server.declared()).every(({managed}) => managed)).toBe(true)
      await apply(scene, {upsert: [{reservation: reservation('one', '52:54:00:00:00:01', '10.0.0.13')}], remove: []})
      await apply(scene, {
        upsert: [{reservation: reservation('first', '52:54:00:00:00:01', '10.0.0.13'), previousName: 'one'}],
        remove: ['two'],
      })
      expect(await declaredIn(scene)).toEqual(['first 52:54:00:00:00:01 10.0.0.13'])
      await apply(scene, {upsert: [], remove: ['first', 'nobody']})
      expect(await scene.files()).toEqual(before)
    })

    test('what is so already needs no change', async () => {
      const scene = await open()
      await apply(scene, add(one))
      scene.calls()
      const plan = await scene.server.plan({upsert: [{reservation: one}], remove: ['nobody']})
      expect(plan.files).toEqual([])
      expect(await scene.server.apply(plan, {restart: true})).toEqual({restarted: false, backups: [], warnings: []})
      expect(scene.calls()).toEqual([])
    })

    test('a change is tested first, and takes effect', async () => {
      const scene = await open()
      const applied = await apply(scene, add(one))
      expect(applied.restarted).toBe(!isLive)
      expect(scene.calls()).toEqual([...(canTest ? ['test'] : []), ...(isLive ? [] : ['restart'])])
    })

    test('boot options are declared, changed and taken away again', async () => {
      const scene = await open()
      const before = await scene.files()
      await apply(scene, {...add(), bootOptions: options})
      const declared = Object.values(await scene.files()).join('\n')
      const names = hasOneFile ? [] : ['ipxe.efi', 'http://10.0.0.1/boot.ipxe', 'http://10.0.0.1/ipxe.efi']
      for (const word of ['10.0.0.1', 'undionly.kpxe', ...names]) expect(declared).toContain(word)
      await apply(scene, {...add(), bootOptions: {...options, loaders: {...options.loaders, bios: 'other.kpxe'}}})
      const changed = Object.values(await scene.files()).join('\n')
      expect(changed).toContain('other.kpxe')
      expect(changed).not.toContain('undionly.kpxe')
      await apply(scene, {...add(), bootOptions: 'remove'})
      expect(await scene.files()).toEqual(before)
    })

    test('a host whose firmware is known gets the file of that; without it every byte is as it was', async () => {
      const scene = await open()
      const firmwares = async (): Promise<string[]> =>
        (await scene.server.declared()).map(({name: host, firmware}) => `${host} ${firmware ?? 'any'}`).sort()
      const declare = (...reservations: Reservation[]): Promise<unknown> =>
        apply(scene, {upsert: reservations.map((each) => ({reservation: each})), remove: [], bootOptions: options})
      const bare = await scene.files()
      await apply(scene, add(one, two))
      const withoutOptions = await scene.files()
      await declare(one, two)
      const before = await scene.files()

      await declare({...one, firmware: 'uefi'})
      expect(await firmwares()).toEqual(['one uefi', 'two any'])
      const changed = Object.entries(await scene.files()).flatMap(([path, text]) => (before[path] === text ? [] : [text]))
      expect(changed.join('\n')).toContain('ipxe.efi')
      const asked = await scene.server.plan({upsert: [{reservation: {...one, firmware: 'uefi'}}], remove: [], bootOptions: options})
      expect(asked.files, 'it is so already').toEqual([])
      expect((await scene.server.check([one, two])).filter(({code}) => /FILENAME|IPXE|CLASS/.test(code))).toEqual(
        hasOneFile ? expect.anything() : [],
      )
      // Also of hosts that the change does not name.
      await apply(scene, {...add(), bootOptions: {...options, loaders: {...options.loaders, uefiX64: 'other.efi'}}})
      expect(await firmwares()).toEqual(['one uefi', 'two any'])
      const all = Object.values(await scene.files()).join('\n')
      expect(all).toContain('other.efi')
      expect(all.replaceAll('http://10.0.0.1/ipxe.efi', '')).not.toContain('ipxe.efi')

      await declare({...one, firmware: 'bios'}, {...two, firmware: 'uefi'})
      expect(await firmwares()).toEqual(['one bios', 'two uefi'])
      const moved = {...reservation('first', '52:54:00:00:00:0f', '10.0.0.13'), firmware: 'bios'} as const
      await apply(scene, {upsert: [{reservation: moved, previousName: 'one'}], remove: [], bootOptions: options})
      expect(await firmwares()).toEqual(['first bios', 'two uefi'])
      await apply(scene, {upsert: [{reservation: one, previousName: 'first'}], remove: [], bootOptions: options})
      await declare(two)
      expect(await scene.files()).toEqual(before)

      const three = {...reservation('three', '52:54:00:00:00:03', '10.0.0.14'), firmware: 'uefi'} as const
      await apply(scene, {...add(three), bootOptions: options})
      expect(await firmwares()).toContain('three uefi')
      await apply(scene, {upsert: [], remove: ['three'], bootOptions: options})
      expect(await scene.files()).toEqual(before)

      await declare({...one, firmware: 'uefi'})
      await apply(scene, {...add(), bootOptions: 'remove'})
      expect(await scene.files()).toEqual(withoutOptions)
      await apply(scene, {upsert: [], remove: ['one', 'two']})
      expect(await scene.files()).toEqual(bare)
    })

    test.each([
      {what: 'hardware address', clash: reservation('other', '52:54:00:00:00:01', '10.0.0.99')},
      {what: 'address', clash: reservation('other', '52:54:00:00:00:99', '10.0.0.11')},
      {what: 'name', clash: reservation('one', '52:54:00:00:00:99', '10.0.0.99')},
    ])('a new host with the $what of another is refused, and nothing changes', async ({clash}) => {
      const scene = await open()
      await apply(scene, add(one))
      const before = await scene.files()
      expect(await errorOf(scene.server.plan(add(clash)))).toMatchObject({kind: 'conflict'})
      expect(await scene.files()).toEqual(before)
    })

    if (canTest)
      test('what the server refuses is not put in place', async () => {
        const scene = await open()
        const before = await scene.files()
        scene.refuseTests()
        const error = await errorOf(apply(scene, add(one)))
        expect(error.kind).toBe('external')
        expect(await scene.files()).toEqual(before)
        expect(scene.calls()).toEqual(['test'])
      })

    if (!isLive)
      test('where the restart fails, the old configuration comes back', async () => {
        const scene = await open()
        const before = await scene.files()
        scene.failRestarts()
        const error = await errorOf(apply(scene, add(one)))
        expect(error.kind).toBe('external')
        expect(error.message).toMatch(/put back/)
        expect(await scene.files()).toEqual(before)
      })

    test('a file that somebody saved after the plan is not overwritten', async () => {
      const scene = await open()
      await apply(scene, add(one))
      const plan = await scene.server.plan({upsert: [], remove: ['one']})
      await scene.changeByHand()
      const theirs = await scene.files()
      await expect(scene.server.apply(plan, {restart: true})).rejects.toMatchObject({code: 'DHCPD_CONF_CHANGED'})
      expect(await scene.files()).toEqual(theirs)
    })

    test('leases are those that are held now; a record that cannot be read is told', async () => {
      const {server, record} = await open()
      expect(await server.leases()).toEqual({leases: [], warnings: []})
      if (record === undefined) return
      const untilMs = Math.trunc((NOW + 3_600_000) / 1000) * 1000
      const held = {ip: '10.0.0.101', mac: '52:54:00:00:00:21'}
      const lines = [
        record.render({...held, endsMs: untilMs}),
        record.render({ip: '10.0.0.102', mac: '52:54:00:00:00:22', endsMs: NOW - 3_600_000}),
      ]
      writeFileSync(record.path, lines.join(''))
      expect(await server.leases()).toEqual({leases: [{...held, untilMs}], warnings: []})
      rmSync(record.path)
      mkdirSync(record.path)
      expect(await server.leases()).toEqual({leases: [], warnings: [expect.stringContaining(record.path)]})
    })

    test('undo puts a change back; rollback puts the last state back', async () => {
      const scene = await open()
      await apply(scene, add(one))
      const withOne = await scene.files()
      const plan = await scene.server.plan(add(two))
      await scene.server.apply(plan, {restart: true})
      const withBoth = await scene.files()
      await scene.server.undo(plan, {restart: true})
      expect(await scene.files()).toEqual(withOne)
      await scene.server.apply(await scene.server.plan(add(two)), {restart: true})
      expect(await scene.files()).toEqual(withBoth)
      await scene.server.rollback(undefined, {restart: true})
      expect(await scene.files()).toEqual(withOne)
    })

    test('check finds nothing where all is in order, and a host that is missing', async () => {
      const scene = await open()
      await apply(scene, add(one))
      const errors = async (): Promise<string[]> =>
        (await scene.server.check([one])).filter(({severity}) => severity === 'error').map(({code}) => code)
      expect(await errors()).toEqual([])
      expect(JSON.stringify(await scene.server.check([one, two]))).toContain('two')
    })
  })
}
