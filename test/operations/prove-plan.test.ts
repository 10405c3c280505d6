// Who is asked what when a migration is proved.
import {expect, test} from 'vitest'
import {parseConfFile} from '../../src/dhcp/isc-load.js'
import {knownMachines, knownSubnets} from '../../src/dhcp/known-machines.js'
import {askingKinds} from '../../src/dhcp4/ask-many.js'
import type {Mac} from '../../src/net/mac.js'
import {planProof, type ProofPlan} from '../../src/operations/prove-plan.js'

function plan(text: string, unknown: readonly string[] = []): ProofPlan | undefined {
  const files = [parseConfFile('/dhcpd.conf', Buffer.from(text))]
  return planProof({...knownSubnets(files), machines: knownMachines(files), unknown: unknown as Mac[]})
}

const SUBNETS =
  'subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.100 10.0.0.254; }\nsubnet 10.1.0.0 netmask 255.255.255.0 { option routers 10.1.0.1; }\n'

const seen = (made: ProofPlan | undefined): string[] => made?.clients.map(({name, mac, subnet}) => `${name} ${mac} ${subnet}`) ?? []

test('each host in the subnets of its addresses, and somebody unknown in every subnet', () => {
  const hosts = `host a { hardware ethernet 08:00:27:0:0:1; fixed-address 10.0.0.99, 10.1.0.254; }
host b { hardware ethernet 08:00:27:0:0:2; }
host c { option dhcp-client-identifier 1:2:3; fixed-address 10.1.0.7; }
host d { filename "x"; }`
  const made = plan(SUBNETS + hosts, ['00:80:77:00:00:01', '08:00:27:00:00:01'])
  expect(seen(made)).toEqual([
    'a 08:00:27:00:00:01 10.0.0.0/24',
    'a 08:00:27:00:00:01 10.1.0.0/24',
    'b 08:00:27:00:00:02 10.0.0.0/24',
    'c 02:70:78:01:00:02 10.1.0.0/24',
    '(unknown) 02:70:78:02:00:00 10.0.0.0/24',
    '(unknown) 02:70:78:02:00:01 10.1.0.0/24',
    '(unknown) 00:80:77:00:00:01 10.0.0.0/24',
  ])
  expect(made?.questions.length).toBe(7 * askingKinds.length)
  expect(made?.questions.filter(({clientId}) => clientId === '010203').length).toBe(askingKinds.length)
})

test('our own addresses are in no range and nobody else has them', () => {
  const made = plan(`${SUBNETS}host a { hardware ethernet 08:00:27:0:0:1; fixed-address 10.0.0.99, 10.1.0.254; }`)
  expect(made?.cable).toEqual({
    server: '10.0.0.97',
    subnet: {address: '10.0.0.0', prefix: 24},
    relays: ['10.0.0.98', '10.1.0.253'],
  })
})

test('a full subnet lends us addresses of its pool; one without any is told; without room for a server there is no plan', () => {
  const full = 'subnet 10.0.0.0 netmask 255.255.255.248 { range 10.0.0.1 10.0.0.6; }'
  expect(plan(full)?.cable).toMatchObject({server: '10.0.0.5', relays: ['10.0.0.6']})
  const host = 'host a { hardware ethernet 08:00:27:0:0:1; fixed-address 10.2.0.1, 10.2.0.2; }'
  const small = plan(`${SUBNETS}subnet 10.2.0.0 netmask 255.255.255.252 { }\n${host}`)
  expect(small?.warnings).toEqual([
    '10.2.0.0/30 was not asked about: no address is left in it to ask from',
    'a was not asked about: 10.2.0.1, 10.2.0.2 is in no subnet that could be asked about',
  ])
  expect(plan('')).toBeUndefined()
  expect(plan(`subnet 10.2.0.0 netmask 255.255.255.252 { }\n${host}`)).toBeUndefined()
})
