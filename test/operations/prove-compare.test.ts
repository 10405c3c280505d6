// Which differences between two answers count.
import {expect, test} from 'vitest'
import {parseIpv4} from '../../src/net/ipv4.js'
import {compareAnswers, poolsOf, type ProofAnswer, type ProofDifference} from '../../src/operations/prove-compare.js'
import {judge} from '../../src/operations/prove-judge.js'
import type {Mac} from '../../src/net/mac.js'

const CONFIG = {
  subnet4: [{id: 1, subnet: '10.0.0.0/24', pools: [{pool: '10.0.0.10 - 10.0.0.20'}, {pool: '10.0.0.30 - 10.0.0.40', 'client-class': 'x'}]}],
  'shared-networks': [{name: 'lab', subnet4: [{id: 2, subnet: '10.1.0.0/24', pools: [{pool: '10.1.0.10 - 10.1.0.20'}]}]}],
}

type Leased = Partial<Omit<Extract<ProofAnswer, {kind: 'leased'}>, 'kind' | 'ip'>> & {readonly ip?: string}

const answer = ({ip = '10.0.0.5', nextServer = '0.0.0.0', filename = '', serverName = '', options = {}}: Leased = {}): ProofAnswer => ({
  kind: 'leased',
  ip: parseIpv4(ip),
  nextServer,
  filename,
  serverName,
  options,
})

function check(dhcpd: Leased, kea: Leased, expected: readonly ProofDifference[]): void {
  expect(compareAnswers(answer(dhcpd), answer(kea), poolsOf(CONFIG))).toEqual(expected)
}

test('what is the same for a client is no difference', () => {
  check({}, {}, [])
  check({options: {53: '05', 54: '0a000001'}}, {options: {53: '05', 54: '0a000002', 61: '0102', 82: '00'}}, [])
  check({filename: 'x.0'}, {filename: 'x.0', options: {67: '782e3000'}}, [])
  check({filename: 'x.0'}, {options: {67: '782e30'}}, [])
  check({options: {15: '6c616200'}}, {options: {15: '6c6162'}}, [])
})

test('what is not', () => {
  check({filename: 'x.0', nextServer: '10.0.0.1'}, {filename: 'y.0'}, [
    {field: 'next-server', dhcpd: '10.0.0.1', kea: null},
    {field: 'filename', dhcpd: 'x.0', kea: 'y.0'},
  ])
  check({serverName: 'a'}, {options: {66: '61'}}, [
    {field: 'server-name', dhcpd: 'a', kea: null},
    {field: 'option tftp-server-name (66)', dhcpd: null, kea: 'a'},
  ])
  check({options: {3: '0a0000010a000002', 250: 'ff'}}, {options: {3: '0a000001'}}, [
    {field: 'option routers (3)', dhcpd: '10.0.0.1, 10.0.0.2', kea: '10.0.0.1'},
    {field: 'option 250', dhcpd: 'ff', kea: null},
  ])
})

test('of a pool any address is as good as another; of two pools that say different things not', () => {
  check({ip: '10.0.0.10'}, {ip: '10.0.0.20'}, [])
  check({ip: '10.1.0.10'}, {ip: '10.1.0.20'}, [])
  check({ip: '10.0.0.10'}, {ip: '10.0.0.30'}, [
    {field: 'address', dhcpd: 'one of the pools of 10.0.0.0/24', kea: 'one of the pools of 10.0.0.0/24 {"client-class":"x"}'},
  ])
  check({ip: '10.0.0.5'}, {ip: '10.0.0.6'}, [{field: 'address', dhcpd: '10.0.0.5', kea: '10.0.0.6'}])
})

test('times: a lease that runs already, and T1 and T2 that say the usual', () => {
  check({options: {51: '00000258'}}, {options: {51: '00000257'}}, [])
  check({options: {51: '00000258', 58: '0000012c', 59: '0000020d'}}, {options: {51: '00000258'}}, [])
  check({options: {51: '00000258'}}, {options: {51: '000000c8', 58: '00000064'}}, [
    {field: 'option dhcp-lease-time (51)', dhcpd: '600', kea: '200'},
  ])
  check({options: {51: '00000258', 58: '0000000a'}}, {options: {51: '00000258'}}, [
    {field: 'option dhcp-renewal-time (58)', dhcpd: '10', kea: null},
  ])
})

test('an answer from one only is a difference; from neither is none', () => {
  const poolOf = poolsOf(CONFIG)
  expect(compareAnswers({kind: 'silent'}, {kind: 'silent'}, poolOf)).toEqual([])
  expect(compareAnswers({kind: 'silent'}, answer({filename: 'x.0'}), poolOf)).toEqual([
    {field: 'answer', dhcpd: 'none', kea: '10.0.0.5 x.0'},
  ])
  expect(compareAnswers(answer(), {kind: 'refused'}, poolOf)).toEqual([{field: 'answer', dhcpd: '10.0.0.5', kea: 'refusal'}])
})

test('the verdict names each difference once, with all who hear it', () => {
  const clients = [{name: 'tk1', mac: '52:54:00:00:00:01' as Mac, subnet: '10.0.0.0/24', isUnknown: false}]
  const same = answer()
  const [left, right] = [answer({filename: 'a'}), answer({filename: 'b'})]
  const proof = judge(
    {clients, warnings: []},
    [left, same, left, same, same, same, same],
    [right, same, right, same, same, same, same],
    CONFIG,
  )
  expect(proof).toMatchObject({ok: false, asked: 7, equal: 5, unanswered: 0})
  expect(proof.clients[0]).toMatchObject({
    address: '10.0.0.5',
    differences: [{as: ['bios', 'uefi-ia32'], field: 'filename', dhcpd: 'a', kea: 'b'}],
  })
})
