// A VBoxManage in memory that knows `dhcpserver modify|restart` and prints as 7.2.22 does. test/e2e/virtualbox-dhcp.e2e.ts runs the
// same suite against the real one, which is what proves this fake.
import {join} from 'node:path'
import {openVirtualboxServer, type VirtualboxOptions} from '../../src/dhcp/virtualbox.js'
import type {DhcpServer} from '../../src/dhcp/server.js'
import type {CommandLine, Finished} from '../../src/system/exec.js'
import {openVBoxManage, type VBoxManage} from '../../src/vboxmanage/program.js'
import {temporaryFolder} from '../support/temporary-folder.js'

type Scope = {
  readonly title: string
  fixed?: string
  readonly members: Set<string>
  readonly options: Map<number, string>
  readonly forced: Set<number>
}

export type FakeVirtualbox = {
  /** Command lines without the program, other than questions. */
  readonly calls: string[]
  version: string
  /** Is the DHCP server running, and does it come up again? */
  running: boolean
  restartFails: boolean
  /** Ends VBoxManage with this after so many words of its next `modify` have been carried out. */
  failAfter?: {readonly words: number; readonly exitCode: number; readonly stderr: string}
  enabled: boolean
  readonly vms: {readonly uuid: string; readonly info: string}[]
  readonly exec: (command: CommandLine) => Promise<Finished>
}

const answer = (part: Partial<Finished> = {}): Finished => ({exitCode: 0, stdout: '', stderr: '', timedOut: false, ...part})

export function fakeVirtualbox(network = 'lab'): FakeVirtualbox {
  const scopes = new Map<string, Scope>([['--global', scope('Global Configuration:')]])
  scopes.get('--global')?.options.set(1, 'legacy: 255.255.255.0')
  const fake: FakeVirtualbox = {
    calls: [],
    version: '7.2.22_Debianr175245',
    running: true,
    restartFails: false,
    enabled: true,
    vms: [],
    exec: async ({file, args}) => {
      const [verb = '', what = ''] = args
      if (file !== 'VBoxManage') throw new Error(`unexpected program: ${file}`)
      if (verb === '--version') return answer({stdout: `${fake.version}\n`})
      if (verb === 'list' && what === 'dhcpservers') return answer({stdout: list(network, fake.enabled, scopes)})
      if (verb === 'list' && what === 'vms') return answer({stdout: fake.vms.map(({uuid}) => `"vm" {${uuid}}\n`).join('')})
      if (verb === 'showvminfo') return answer({stdout: fake.vms.find(({uuid}) => uuid === what)?.info ?? ''})
      fake.calls.push(args.join(' '))
      if (verb === 'dhcpserver' && what === 'restart') return restart(fake)
      if (verb === 'dhcpserver' && what === 'modify' && args[2] === `--network=${network}`) return modify(fake, args.slice(3), scopes)
      throw new Error(`unexpected command line: ${args.join(' ')}`)
    },
  }
  return fake
}

function scope(title: string): Scope {
  return {title, members: new Set(), options: new Map(), forced: new Set()}
}

function restart(fake: FakeVirtualbox): Finished {
  const error = (text: string): Finished =>
    answer({
      exitCode: 1,
      stderr: `VBoxManage: error: Failed to restart the server\nVBoxManage: error: ${text}\nVBoxManage: error: Details: code NS_ERROR_FAILURE (0x80004005), component DHCPServerWrap, interface IDHCPServer, callee nsISupports\n`,
    })
  if (!fake.running) return error('not running')
  return fake.restartFails ? error('Failed to start the DHCP server') : answer()
}

function modify(fake: FakeVirtualbox, words: readonly string[], scopes: Map<string, Scope>): Finished {
  let selector = '--global'
  const failure = fake.failAfter
  delete fake.failAfter
  for (let at = 0; at < words.length; at++) {
    if (failure !== undefined && at >= failure.words) return answer(failure)
    const word = words[at] ?? ''
    const [, name = '', value = ''] = /^--([\w-]+)=?(.*)$/.exec(word) ?? []
    if (name === 'global' || name === 'mac-address') {
      selector = word
      if (!scopes.has(selector) && words[at + 1] !== '--remove-config') scopes.set(selector, scope(`Individual Config:    MAC ${value}`))
    } else if (name === 'group') {
      selector = word
      if (!scopes.has(selector) && words[at + 1] !== '--remove-config') scopes.set(selector, scope(`Group:                ${value}`))
    } else if (name === 'vm') {
      const nic = /^--nic=(\d+)$/.exec(words[++at] ?? '')?.[1] ?? ''
      const mac = /macaddress1="(\w+)"/.exec(fake.vms.find(({uuid}) => uuid === value)?.info ?? '')?.[1] ?? 'VBOX_E_OBJECT_NOT_FOUND'
      selector = `${word} --nic=${nic}`
      if (!scopes.has(selector) && words[at + 1] !== '--remove-config')
        scopes.set(selector, scope(`Individual Config:    VM NIC: ${value} slot ${Number(nic) - 1}, MAC ${mac}`))
    } else if (name === 'remove-config') {
      scopes.delete(selector)
      selector = '--global'
    } else if (name === 'enable' || name === 'disable') fake.enabled = name === 'enable'
    else set(scopes.get(selector), name, value, () => words[++at] ?? '')
  }
  return answer()
}

function set(target: Scope | undefined, name: string, value: string, next: () => string): void {
  if (target === undefined) throw new Error(`--${name} without anybody`)
  const code = Number(value)
  if (name === 'fixed-address') target.fixed = value
  else if (name === 'incl-mac') target.members.add(value)
  else if (name === 'del-mac') target.members.delete(value)
  else if (name === 'set-opt') target.options.set(code, `legacy: ${next()}`)
  else if (name === 'set-opt-hex') target.options.set(code, `hex:    ${next()}`)
  else if (name === 'del-opt') target.options.delete(code)
  else if (name === 'force-opt') target.forced.add(code)
  else if (name === 'unforce-opt') target.forced.delete(code)
  else throw new Error(`unexpected option: --${name}`)
}

function list(network: string, enabled: boolean, scopes: ReadonlyMap<string, Scope>): string {
  const [global, ...all] = [...scopes.values()]
  const groups = all.filter(({title}) => title.startsWith('Group:'))
  const clients = all.filter((each) => !groups.includes(each))
  const body = ({members, options, forced}: Scope): string[] => [
    ...[...members].map((mac) => `    Conditions:       include MAC        ${mac}`),
    ...['minLeaseTime:    ', 'defaultLeaseTime:', 'maxLeaseTime:    '].map((name) => `    ${name} default`),
    `    Forced options:   ${[...forced].join(', ') || 'None'}`,
    '    Suppressed opts.: None',
    ...(options.size === 0 ? ['    DHCP options:     None'] : []),
    ...[...options].sort(([a], [b]) => a - b).map(([code, text]) => `      ${String(code).padStart(3)}/${text}`),
  ]
  return [
    'NetworkName:    HostInterfaceNetworking-vboxnet0\nDhcpd IP:       192.168.56.100\nLowerIPAddress: 192.168.56.101\nUpperIPAddress: 192.168.56.254',
    'NetworkMask:    255.255.255.0\nEnabled:        Yes\nGlobal Configuration:\nGroups:               None\nIndividual Configs:   None\n',
    `NetworkName:    ${network}\nDhcpd IP:       10.0.0.2\nLowerIPAddress: 10.0.0.100\nUpperIPAddress: 10.0.0.199`,
    `NetworkMask:    255.255.255.0\nEnabled:        ${enabled ? 'Yes' : 'No'}\nGlobal Configuration:`,
    ...(global === undefined ? [] : body(global)),
    ...(groups.length === 0 ? ['Groups:               None'] : groups.flatMap((group) => [group.title, ...body(group)])),
    ...(clients.length === 0 ? ['Individual Configs:   None'] : []),
    ...clients.flatMap((client) => [client.title, `    Fixed Address:    ${client.fixed ?? 'dynamic'}`, ...body(client)]),
    '',
  ].join('\n')
}

export type VirtualboxScene = {
  readonly server: DhcpServer
  readonly vbox: VBoxManage
  readonly fake: FakeVirtualbox
  /** The state as pxectl shows it. */
  readonly text: () => Promise<string>
  readonly folder: string
}

export function openVirtualboxScene(options: Partial<VirtualboxOptions> = {}): VirtualboxScene {
  const fake = fakeVirtualbox()
  const folder = temporaryFolder()
  const vbox = openVBoxManage({exec: fake.exec, fileExists: async () => false, platform: 'linux', environment: {}})
  const server = openVirtualboxServer({
    vbox,
    network: 'lab',
    stateFolder: join(folder, 'state'),
    bootOptionsScope: 'global',
    restartExec: fake.exec,
    probe: () => async () => [],
    sleep: async () => undefined,
    now: () => new Date('2026-11-21T13:35:02.123Z'),
    ...options,
  })
  return {server, vbox, fake, folder, text: async () => (await server.held?.read('virtualbox:lab'))?.toString() ?? ''}
}
