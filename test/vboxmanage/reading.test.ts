// Recorded output of VBoxManage 7.2.22, read as values.
import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {findVboxProblem} from '../../src/vboxmanage/answer.js'
import {parseDhcpServers} from '../../src/vboxmanage/dhcp-servers.js'
import {natTftpOptions} from '../../src/vboxmanage/nat-tftp.js'
import {findVersion, isAtLeast} from '../../src/vboxmanage/version.js'
import {parseVmInfo, parseVmList} from '../../src/vboxmanage/vm-info.js'

const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/vboxmanage/${name}`, import.meta.url), 'utf8')

type Recorded = {readonly name: string; readonly exitCode: number; readonly stdout: string; readonly stderr: string}
const recorded = JSON.parse(fixture('answers.json')) as Recorded[]
const problemOf = (name: string): ReturnType<typeof findVboxProblem> => {
  const run = recorded.find((one) => one.name.includes(name))
  if (run === undefined) throw new Error(`not recorded: ${name}`)
  return findVboxProblem({...run, timedOut: false})
}

describe('failures', () => {
  test.each([
    ['136-dhcpserver-err-unknown', {message: 'DHCP server does not exist'}],
    [
      '137-dhcpserver-err-opt150',
      {message: "Malformed option 150 value '192.168.100.1' (encoding 0, vrc=VERR_NOT_IMPLEMENTED)", code: 'NS_ERROR_INVALID_ARG'},
    ],
    ['143-dhcpserver-restart-err-not-running', {message: 'Failed to restart the server\nnot running', code: 'NS_ERROR_FAILURE'}],
    ['032-createvm-err-utf8-in-c-locale', {message: 'VBoxManage: fatal error: RTR3Init: VERR_NO_TRANSLATION'}],
    ['138-dhcpserver-err-opt300', {message: 'it gave no reason (exit status 2)'}],
    ['091-modifyvm-err-memory-nonnumeric', {message: 'it gave no reason (exit status 1)'}],
    // With exit status 0.
    ['098-modifyvm-nic-out-of-range-rc0', {message: 'Invalid NIC number 9'}],
  ])('%s', (name, problem) => expect(problemOf(name)).toEqual(problem))

  test.each(['127-dhcpserver-add', '161-getextradata-missing-rc0', '051-modifyvm-nic2-hostonly-missing-if', '001-version'])(
    '%s is none',
    (name) => expect(problemOf(name)).toBeUndefined(),
  )

  test('a program that did not end', () => {
    expect(findVboxProblem({exitCode: -1, stdout: '', stderr: '', timedOut: true})?.message).toContain('in time')
  })
})

describe('versions', () => {
  const version = (text: string) => findVersion(text)
  test('also behind the warning of a wrapper, and in the form of Oracle', () => {
    expect(version(recorded.find(({name}) => name.startsWith('002'))?.stdout ?? '')).toEqual({
      major: 7,
      minor: 2,
      build: '7.2.22_Debianr175245',
    })
    expect(version('7.0.20r163906\r\n')).toEqual({major: 7, minor: 0, build: '7.0.20r163906'})
    expect(version('WARNING: no\n')).toBeUndefined()
  })
  test.each([
    ['6.1.38', false],
    ['7.1.12', false],
    ['7.2.0', true],
    ['8.0.0', true],
  ])('%s is at least 7.2: %s', (text, is) => expect(isAtLeast(version(text) ?? {major: 0, minor: 0, build: ''}, [7, 2])).toBe(is))

  test.each(['6.1.38', '7.0.20', '7.1.12', '7.2.22'])('NAT boots by the options that %s knows', (text) => {
    const args = natTftpOptions(version(text)!, {nic: 2, server: '10.0.0.1', file: 'pxelinux.0'})
    expect(args.includes('--nat-enable-tftp2')).toBe(text === '7.2.22')
    expect(args.slice(-4)).toEqual(['--nattftpserver2', '10.0.0.1', '--nattftpfile2', 'pxelinux.0'])
    // The table of options: the dashed spellings came with 7.0.
    if (text.startsWith('6')) expect(args.join(' ')).not.toMatch(/--nat-/)
  })
})

describe('list dhcpservers', () => {
  const servers = parseDhcpServers(fixture('list-dhcpservers.txt'))
  test('three networks, with options, groups, clients by MAC and by machine', () => {
    expect(servers.map(({network, scopes}) => [network, scopes.length])).toEqual([
      ['HostInterfaceNetworking-vboxnet0', 1],
      ['pxelab', 5],
      ['pxelab2', 1],
    ])
    expect(servers[1]).toMatchObject({serverIp: '192.168.100.1', lowerIp: '192.168.100.10', upperIp: '192.168.100.200', enabled: true})
    const [global, group, first, , vm] = servers[1]?.scopes ?? []
    expect(global?.options.at(-1)).toEqual({code: 150, encoding: 'hex', value: 'c0a86401'})
    expect(global?.options[2]).toEqual({code: 6, encoding: 'text', value: '192.168.100.1 1.1.1.1'})
    expect(group).toMatchObject({kind: 'group', name: 'uefi', conditions: []})
    expect(first).toMatchObject({kind: 'mac', mac: '08:00:27:aa:bb:cc', fixedAddress: '192.168.100.51', options: []})
    expect(vm).toMatchObject({kind: 'vm', vm: '6c3ccffd-9a82-4bd0-a5e5-67ffb1ca0678', nic: 3, mac: '08:00:27:aa:bb:03'})
  })

  test('times, forced options and conditions', () => {
    const text = fixture('list-dhcpservers.txt')
      .replace('minLeaseTime:     default', 'minLeaseTime:     100 sec')
      .replace('Forced options:   None', 'Forced options:   66, 67')
      .replace(
        'Conditions:       None',
        'Conditions:       include MAC        08:00:27:00:00:01\n    Conditions:       exclude MAC*       08:00:27:*',
      )
    const parsed = parseDhcpServers(`WARNING: The character device\n${text}`)
    expect(parsed[0]?.scopes[0]).toMatchObject({minLeaseTime: 100, forced: [66, 67]})
    expect(parsed[1]?.scopes[1]).toMatchObject({
      conditions: [
        {include: true, kind: 'MAC', value: '08:00:27:00:00:01'},
        {include: false, kind: 'MAC*', value: '08:00:27:*'},
      ],
    })
  })

  test('no server at all', () => expect(parseDhcpServers('')).toEqual([]))
})

describe('machines', () => {
  test('names are not escaped in the list', () => {
    const names = parseVmList(fixture('list-vms.txt')).map(({name}) => name)
    expect(names).toContain('lab "A" vm')
    expect(names).toContain('vm-é-日本')
    expect(names).toHaveLength(10)
  })

  test('firmware and network cards', () => {
    const {name, firmware, nics} = parseVmInfo(fixture('showvminfo.txt'))
    expect([name, firmware]).toEqual(['pxe-01', 'efi'])
    expect(nics.map(({nic, attachment, network}) => [nic, attachment, network])).toEqual([
      [1, 'bridged', 'eth0'],
      [2, 'hostonly', 'vboxnet0'],
      [3, 'intnet', 'pxelab'],
      [4, 'natnetwork', 'labnat'],
      [5, 'nat', 'nat'],
      [6, 'generic', 'UDPTunnel'],
      [7, 'null', undefined],
    ])
    expect(nics[0]?.mac).toBe('08:00:27:aa:bb:01')
  })
})
