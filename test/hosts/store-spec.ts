// What every host store does, whatever engine is below it.
import {expect, test} from 'vitest'
import type {HostStore} from '../../src/hosts/store.js'
import {parseHostname} from '../../src/net/hostname.js'
import {sampleHost} from './host-sample.js'

export function describeStore(open: () => Promise<HostStore>): void {
  const tk1 = sampleHost(1, {root: 'root_tk1', bootArgs: 'quiet "x"', firmware: 'uefi', dhcp: false})
  const tk2 = sampleHost(2)

  const filled = async (): Promise<HostStore> => {
    const store = await open()
    await store.write(
      [tk2, tk1].map((host) => ({kind: 'add', host}) as const),
      'first',
    )
    return store
  }

  test('hosts come back as they were written, by name', async () => {
    expect(await (await filled()).list()).toEqual([tk1, tk2])
  })

  test('a host is found by name in any case, by MAC and by address', async () => {
    const store = await filled()
    expect(await store.findByName('TK1')).toEqual(tk1)
    expect(await store.findByMac(tk2.mac)).toEqual(tk2)
    expect(await store.findByIp(tk2.ip)).toEqual(tk2)
    expect(await store.findByName('tk3')).toBeUndefined()
    expect(await store.count()).toBe(2)
  })

  test('an unknown host is an error that names the nearest', async () => {
    await expect((await filled()).getByName('tk11')).rejects.toMatchObject({
      code: 'HOST_NOT_FOUND',
      exitCode: 3,
      suggestions: ['did you mean tk1?', 'pxectl host list'],
    })
  })

  test('a host is changed, renamed and removed', async () => {
    const store = await filled()
    const renamed = {...tk2, name: parseHostname('web'), root: 'root_web'}
    await store.write([{kind: 'update', name: tk2.name, host: renamed}], 'second')
    expect(await store.list()).toEqual([tk1, renamed])
    await store.write([{kind: 'remove', name: tk1.name}], 'third')
    expect(await store.list()).toEqual([renamed])
    expect(await store.lastTransaction()).toBe('third')
  })

  test('changing only the case of a name is no conflict with itself', async () => {
    const store = await filled()
    await store.write([{kind: 'update', name: tk1.name, host: {...tk1, name: parseHostname('TK1')}}], 'second')
    expect((await store.getByName('tk1')).name).toBe('TK1')
  })

  test.each([
    ['name', 'HOST_EXISTS', sampleHost(3, {name: parseHostname('TK1')})],
    ['MAC', 'MAC_TAKEN', sampleHost(3, {mac: tk1.mac})],
    ['address', 'IP_TAKEN', sampleHost(3, {ip: tk1.ip})],
  ])('a %s that is taken is refused, and nothing of the write is kept', async (_, code, host) => {
    const store = await filled()
    await expect(store.checkFree(host)).rejects.toMatchObject({code, exitCode: 4})
    const changes = [{kind: 'add', host: sampleHost(4)} as const, {kind: 'add', host} as const]
    await expect(store.write(changes, 'second')).rejects.toMatchObject({code, exitCode: 4, details: {other: 'tk1'}})
    expect(await store.list()).toEqual([tk1, tk2])
    expect(await store.lastTransaction()).toBe('first')
  })

  test('two hosts swap their addresses in one write', async () => {
    const store = await filled()
    const swapped = [
      {...tk1, ip: tk2.ip},
      {...tk2, ip: tk1.ip},
    ]
    await store.write(
      swapped.map((host) => ({kind: 'update', name: host.name, host}) as const),
      'second',
    )
    expect(await store.list()).toEqual(swapped)
  })

  test('every conflict of a host is found, but none with itself', async () => {
    const store = await filled()
    const conflicts = await store.findConflicts({...sampleHost(3), name: tk1.name, mac: tk2.mac, ip: tk1.ip})
    expect(conflicts.map(({field, other}) => [field, other.name])).toEqual([
      ['name', 'tk1'],
      ['mac', 'tk2'],
      ['ip', 'tk1'],
    ])
    expect(await store.findConflicts(tk1, tk1)).toEqual([])
  })

  test('of many hosts in one write, the one that meets another of them is named', async () => {
    const store = await filled()
    const many = Array.from({length: 2500}, (_, index) => ({kind: 'add', host: sampleHost(10 + index)}) as const)
    const twice = {kind: 'add', host: sampleHost(9000, {mac: sampleHost(1234).mac})} as const
    await expect(store.write([...many, twice], 'second')).rejects.toMatchObject({
      code: 'MAC_TAKEN',
      details: {name: 'tk9000', other: 'tk1234'},
    })
    expect(await store.count()).toBe(2)
    await store.write(many, 'second')
    expect(await store.count()).toBe(2502)
  })

  test('text comes back as it was, whatever it is', async () => {
    const store = await open()
    const host = sampleHost(1, {bootArgs: `it's "quoted" \\ ; -- ünï ☃ \t`, root: 'null'})
    await store.write([{kind: 'add', host}], 'first')
    expect(await store.list()).toEqual([host])
    expect(await store.findByName('tk1')).toEqual(host)
  })

  test('changing or removing what is not there is refused', async () => {
    const store = await filled()
    await expect(store.write([{kind: 'remove', name: parseHostname('tk9')}], 'x')).rejects.toMatchObject({code: 'HOST_NOT_FOUND'})
    await expect(store.write([{kind: 'update', name: parseHostname('tk9'), host: sampleHost(9)}], 'x')).rejects.toMatchObject({
      code: 'HOST_NOT_FOUND',
    })
  })
}
