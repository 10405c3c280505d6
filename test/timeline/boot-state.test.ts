import {expect, test} from 'vitest'
import {bootStateOf} from '../../src/timeline/boot-state.js'
import {lastBoot} from '../../src/timeline/last-boot.js'
import type {BootEvent} from '../../src/timeline/boot-event.js'
import {dhcp, file, leased, START_MS} from './support.js'

const state = (events: readonly BootEvent[], seconds: number, expectation = {}) =>
  bootStateOf(events, START_MS + seconds * 1000, expectation)

test('nothing was seen', () => {
  expect(state([], 5)).toMatchObject({condition: 'unseen', step: undefined, lastSeenMs: undefined})
})

test('each event moves a boot on; the step is the furthest, since its first event', () => {
  const events = [
    ...leased(0, 'pxelinux.0'),
    file(2, 'pxelinux.0'),
    file(3, 'ldlinux.c32'),
    file(4, 'pxelinux.cfg/default'),
    file(5, 'vmlinuz'),
    file(6, 'initrd.img'),
  ]
  const steps = events.map((_, index) => state(events.slice(0, index + 1), index).step)
  expect(steps).toEqual(['asked', 'offered', 'offered', 'offered', 'loader', 'loader', 'config', 'kernel', 'initrd'])
  expect(state(events, 7)).toMatchObject({condition: 'booting', step: 'initrd', sinceMs: START_MS + 6000, lastSeenMs: START_MS + 6000})
  expect(state(events, 30).condition).toBe('handed-over')
  expect(state(events, 30, {reports: true}).condition).toBe('booting')
  expect(state(events, 600, {reports: true}).condition).toBe('stuck')
})

test('a refused file is no step', () => {
  expect(state([...leased(0, 'pxelinux.0'), file(1, 'pxelinux.0'), file(2, 'pxelinux.cfg/default', 'refused')], 3).step).toBe('loader')
})

test('silence makes it stuck, later with a menu that waits', () => {
  const menu = [...leased(0, 'pxelinux.0'), file(1, 'pxelinux.0'), file(2, 'pxelinux.cfg/default')]
  expect(state(menu, 30).condition).toBe('booting')
  expect(state(menu, 100).condition).toBe('stuck')
  expect(state(menu, 100, {menuSeconds: 120}).condition).toBe('booting')
  expect(state(menu, 100, {bootsLocally: true}).condition).toBe('handed-over')
})

test('a transfer that goes on is told, until it ends', () => {
  const begun = file(5, 'initrd.img', 'begun', {bytes: 0, sizeBytes: 60_000_000})
  expect(state([file(4, 'vmlinuz'), begun], 6).running).toEqual({name: 'initrd.img', sizeBytes: 60_000_000})
  expect(state([file(4, 'vmlinuz'), begun], 60).condition).toBe('booting')
  expect(state([file(4, 'vmlinuz'), begun, file(9, 'initrd.img')], 10).running).toBeUndefined()
})

test('a machine that is turned on again begins a new boot', () => {
  const first = [...leased(0, 'pxelinux.0'), file(1, 'pxelinux.0'), file(2, 'pxelinux.cfg/default'), file(3, 'vmlinuz')]
  const second = leased(100, 'pxelinux.0')
  expect(lastBoot([...first, ...second])).toEqual(second)
  expect(lastBoot([...first, ...leased(10_000, 'x', {})]), 'a long pause').toHaveLength(4)
})

test('by the log of another server, which does not say who asks: a loader after a kernel, or a question after a while', () => {
  const log = {log: 'dhcpd'}
  const first = [...leased(0, 'x', log), file(1, 'pxelinux.0'), file(2, 'pxelinux.cfg/default'), file(3, 'vmlinuz')]
  const system = leased(12, 'x', log)
  expect(lastBoot([...first, ...system]), "the kernel's own question").toHaveLength(first.length + 4)
  expect(lastBoot([...first, ...leased(60, 'x', log), file(62, 'pxelinux.0')])).toHaveLength(5)
  expect(lastBoot([...first, ...leased(300, 'x', log)])).toHaveLength(4)
})

test('iPXE asks in the middle of a boot, and after a kernel only at the next one', () => {
  const ipxe = {asker: 'ipxe', architecture: 0} as const
  const chain = [...leased(0, 'undionly.kpxe'), file(2, 'undionly.kpxe'), ...leased(5, 'boot.ipxe', ipxe), file(7, 'boot.ipxe')]
  expect(lastBoot(chain)).toHaveLength(chain.length)
  expect(lastBoot([...chain, file(8, 'vmlinuz'), ...leased(60, 'boot.ipxe', ipxe)])).toHaveLength(4)
})

test('a system that asks for its address runs, though we see no more of it', () => {
  expect(state([dhcp(0, 'discover', {asker: 'system'}), dhcp(0, 'ack', {asker: 'system'})], 5)).toMatchObject({
    condition: 'handed-over',
    step: undefined,
  })
})

test('who asks on without an answer is stuck, and turned on again begins anew', () => {
  const asked = [0, 4, 12, 28].map((seconds) => dhcp(seconds, 'discover', {asker: 'pxe', architecture: 7}))
  expect(state(asked, 29).condition).toBe('booting')
  expect(state(asked, 31).condition).toBe('stuck')
  expect(state([...asked, dhcp(200, 'discover', {asker: 'pxe'})], 201)).toMatchObject({condition: 'booting', startedMs: START_MS + 200_000})
})

test('a machine that gave up and runs from its disk', () => {
  const events = [...leased(0, 'pxelinux.0'), dhcp(60, 'discover', {asker: 'system'}), dhcp(60, 'ack', {asker: 'system'})]
  expect(state(events, 600).condition).toBe('handed-over')
})

test('a call makes it up', () => {
  const up = {...file(9, '/up'), source: 'call', step: 'up'} as const
  expect(state([file(4, 'vmlinuz'), up], 10_000)).toMatchObject({condition: 'up', step: 'up'})
})
