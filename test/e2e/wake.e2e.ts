// Wake-on-LAN, received byte for byte; and who answers a ping.
//
//     br0 192.168.56.1: pxectl ─┬─ c1: 192.168.56.21, a card that waits for its packet, and answers pings
//                               └─ (192.168.56.22 is off)
import {expect, test} from 'vitest'
import {errorOf, makeLab} from './support/lab.js'
import {listenUdp} from './support/listen-udp.js'
import {withNetwork} from './support/network.js'
import {until} from './support/programs.js'

const ON = '52:54:00:a1:b2:c3'
const OFF = '52:54:00:a1:b2:c4'

test('the packet goes to everybody on the wire, with the password; hosts are waited for; pings tell who is there', () =>
  withNetwork('wake', async (network) => {
    const lab = await makeLab(network, {dhcp: 'none'})
    await lab.must('add-host', 'tk1', '--mac', ON, '--ip', '192.168.56.21')
    await lab.must('add-host', 'tk2', '--mac', OFF, '--ip', '192.168.56.22')
    const client = await network.addClient(ON, '192.168.56.21/24')
    const heard = await listenUdp(client, 9)

    const woken = await lab.must('host', 'wake', 'tk1', 'tk2')
    expect(woken).toEqual({
      hosts: [
        {name: 'tk1', mac: ON, sentTo: ['255.255.255.255:9', '192.168.56.255:9'], seen: null},
        {name: 'tk2', mac: OFF, sentTo: ['255.255.255.255:9', '192.168.56.255:9'], seen: null},
      ],
      warnings: [],
    })
    const packetOf = (mac: string, password = ''): string => `ffffffffffff${mac.replaceAll(':', '').repeat(16)}${password}`
    // Three copies to two addresses.
    await until('all packets', 10_000, () => heard().length === 12)
    expect([...new Set(heard())].sort()).toEqual([packetOf(ON), packetOf(OFF)].sort())

    await lab.must('host', 'wake', 'tk1', '--secure-on', '00:11:22:33:44:55', '--broadcast', '192.168.56.255')
    await until('the packets with a password', 10_000, () => heard().length === 15)
    expect(heard().slice(12)).toEqual(Array.from({length: 3}, () => packetOf(ON, '001122334455')))

    expect(await lab.must('host', 'wake', 'tk1', '--wait', '--timeout', '20')).toMatchObject({hosts: [{name: 'tk1', seen: 'ping'}]})
    const waited = await lab.pxectl('host', 'wake', 'tk2', '--wait', '--timeout', '2')
    expect(waited).toMatchObject({exitCode: 5, json: {hosts: [{name: 'tk2', seen: null}]}})

    const pinged = await lab.pxectl('host', 'ping')
    expect(pinged.exitCode).toBe(5)
    expect(pinged.json['hosts']).toMatchObject([
      {name: 'tk1', alive: true, milliseconds: expect.any(Number)},
      {name: 'tk2', alive: false, milliseconds: null},
    ])
    expect(await lab.must('host', 'list', '--alive')).toMatchObject({hosts: [{alive: true}, {alive: false}]})

    const count = heard().length
    expect(errorOf(await lab.pxectl('host', 'wake', 'tk1', 'tk9'))).toMatchObject({code: 'HOST_NOT_FOUND'})
    expect(errorOf(await lab.pxectl('host', 'wake', 'tk1', '--secure-on', 'secret'))).toMatchObject({code: 'PASSWORD_INVALID'})
    expect(errorOf(await lab.pxectl('host', 'wake', 'tk1', '--broadcast', '192.168.56'))).toMatchObject({code: 'IP_INVALID'})
    expect(heard().length, 'nothing is sent for a command that fails').toBe(count)
  }))
