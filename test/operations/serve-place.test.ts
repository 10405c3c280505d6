import {describe, expect, test} from 'vitest'
import {findServePlace, noPlace} from '../../src/operations/serve-place.js'
import {readSettings} from '../../src/lab/read-settings.js'
import type {InterfaceAddress} from '../../src/system/network.js'

const at = (name: string, cidr: string): InterfaceAddress => ({
  interface: name,
  address: cidr.replace(/\/.*/, ''),
  cidr,
  internal: name === 'lo',
})
const HERE = [
  at('lo', '127.0.0.1/8'),
  at('eth0', '10.0.0.5/16'),
  at('eth1', '192.168.56.1/24'),
  at('eth2', '10.1.0.1/24'),
  at('eth2', '10.2.0.1/24'),
]

function place(text: string) {
  return findServePlace(readSettings({configPath: '/lab/pxectl.ini', text: `[network]\n${text}`, environment: {}}), HERE)
}

describe('the place of the lab', () => {
  test.each([
    ['interface = eth1', '192.168.56.1', '192.168.56.0/24', 'eth1', 'network.interface'],
    ['server = 10.0.0.5', '10.0.0.5', '10.0.0.0/16', 'eth0', 'network.server'],
    ['server = 10.2.0.1\ninterface = eth2', '10.2.0.1', '10.2.0.0/24', 'eth2', 'network.server'],
    ['server = 192.168.56.1\nsubnet = 192.168.56.0/25', '192.168.56.1', '192.168.56.0/25', 'eth1', 'network.server'],
    ['server = 172.16.0.1\ninterface = eth1', '172.16.0.1', undefined, 'eth1', 'network.server'],
  ])('%s', (text, address, subnet, name, chosenBy) => {
    const found = place(text)
    const shown = found?.subnet === undefined ? undefined : `${found.subnet.address}/${found.subnet.prefix}`
    expect([found?.address, shown, found?.interface, found?.chosenBy]).toEqual([address, subnet, name, chosenBy])
  })

  test.each([
    ['interface = eth9', 'INTERFACE_UNKNOWN'],
    ['interface = eth2', 'INTERFACE_AMBIGUOUS'],
    ['interface = eth1\nserver = 10.0.0.5', 'INTERFACE_MISMATCH'],
  ])('%s is refused', (text, code) => {
    expect(() => place(text)).toThrow(expect.objectContaining({code}) as Error)
  })

  test('is never guessed: the error shows what there is to choose from', () => {
    expect(place('')).toBeUndefined()
    expect(noPlace(HERE).suggestions).toEqual([
      'pxectl config set network.interface eth0   # 10.0.0.5/16',
      'pxectl config set network.interface eth1   # 192.168.56.1/24',
      'pxectl config set network.server 10.1.0.1   # 10.1.0.1/24 of eth2',
      'pxectl config set network.server 10.2.0.1   # 10.2.0.1/24 of eth2',
    ])
  })
})
