// `VBoxManage list dhcpservers`, the only way to see what a DHCP server of VirtualBox was told. Pure.
//
//     NetworkName:    HostInterfaceNetworking-vboxnet0
//     Dhcpd IP:       192.168.56.100
//     ...
//     Individual Config:    MAC 08:00:27:aa:bb:cc
//         Fixed Address:    192.168.56.51
//         minLeaseTime:     default
//            67/legacy: pxelinux.0
import {findMac, type Mac} from '../net/mac.js'

/** `hex`: the value is the bytes of the option in hexadecimal digits. */
export type DhcpOptionValue = {readonly code: number; readonly encoding: 'text' | 'hex'; readonly value: string}

/** What is told to a group of clients, or to one. Times in seconds. */
export type DhcpScopeConfig = {
  readonly options: readonly DhcpOptionValue[]
  readonly forced: readonly number[]
  readonly suppressed: readonly number[]
  readonly minLeaseTime?: number
  readonly defaultLeaseTime?: number
  readonly maxLeaseTime?: number
}

/** `kind` is as printed: MAC, MAC*, VendorCID, VendorCID*, UserCID, UserCID*. */
export type DhcpCondition = {readonly include: boolean; readonly kind: string; readonly value: string}

export type DhcpScope = DhcpScopeConfig &
  (
    | {readonly kind: 'global'}
    | {readonly kind: 'group'; readonly name: string; readonly conditions: readonly DhcpCondition[]}
    | {readonly kind: 'mac'; readonly mac: Mac; readonly fixedAddress?: string}
    /** `nic` counts from 1, as the option --nic; VirtualBox prints the slot, from 0. `mac`: what that card has now. */
    | {readonly kind: 'vm'; readonly vm: string; readonly nic: number; readonly mac: Mac | undefined; readonly fixedAddress?: string}
  )

export type VboxDhcpServer = {
  readonly network: string
  readonly serverIp: string
  readonly lowerIp: string
  readonly upperIp: string
  readonly netmask: string
  readonly enabled: boolean
  /** The global one first, then groups and single clients in VirtualBox's order. */
  readonly scopes: readonly DhcpScope[]
}

/** Every DHCP server in the output; text before the first, such as a wrapper's warning, is passed over. */
export function parseDhcpServers(stdout: string): VboxDhcpServer[] {
  const lines = stdout.split(/\r?\n/)
  const starts = lines.flatMap((line, at) => (/^NetworkName:/.test(line) ? [at] : []))
  return starts.map((start, index) => parseServer(lines.slice(start, starts[index + 1])))
}

function parseServer(lines: readonly string[]): VboxDhcpServer {
  const first = lines.findIndex((line) => /^Global Configuration:/.test(line))
  const head = first === -1 ? lines : lines.slice(0, first)
  const value = (name: string): string =>
    head
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? ''
  const heads = lines.flatMap((line, at) =>
    at >= first && first !== -1 && /^(?:Global Configuration|Group|Individual Config):/.test(line) ? [at] : [],
  )
  return {
    network: value('NetworkName'),
    serverIp: value('Dhcpd IP'),
    lowerIp: value('LowerIPAddress'),
    upperIp: value('UpperIPAddress'),
    netmask: value('NetworkMask'),
    enabled: value('Enabled') === 'Yes',
    scopes: heads.flatMap((start, index) => parseScope(lines.slice(start, heads[index + 1]))),
  }
}

function parseScope([title = '', ...body]: readonly string[]): DhcpScope[] {
  const config = parseConfig(body)
  const fixed = valueIn(body, 'Fixed Address')
  const fixedAddress = fixed === undefined || fixed === 'dynamic' ? {} : {fixedAddress: fixed}
  if (title.startsWith('Global')) return [{kind: 'global', ...config}]
  const group = /^Group: +(.*)$/.exec(title)
  if (group !== null) return [{kind: 'group', name: group[1] ?? '', conditions: body.flatMap(parseCondition), ...config}]
  const vm = /VM NIC: (\S+) slot (\d+), MAC (.*)$/.exec(title)
  if (vm !== null) return [{kind: 'vm', vm: vm[1] ?? '', nic: Number(vm[2]) + 1, mac: findMac(vm[3] ?? ''), ...fixedAddress, ...config}]
  const mac = findMac(/MAC (\S+)$/.exec(title)?.[1] ?? '')
  return mac === undefined ? [] : [{kind: 'mac', mac, ...fixedAddress, ...config}]
}

function parseConfig(body: readonly string[]): DhcpScopeConfig {
  const seconds = (name: string): number | undefined => {
    const text = /^(\d+) sec/.exec(valueIn(body, name) ?? '')?.[1]
    return text === undefined ? undefined : Number(text)
  }
  const numbers = (name: string): number[] =>
    (valueIn(body, name) ?? '').split(',').flatMap((text) => (/^ *\d+ *$/.test(text) ? [Number(text)] : []))
  const times = {
    minLeaseTime: seconds('minLeaseTime'),
    defaultLeaseTime: seconds('defaultLeaseTime'),
    maxLeaseTime: seconds('maxLeaseTime'),
  }
  return {
    options: body.flatMap((line): DhcpOptionValue[] => {
      const [, code, encoding, value] = /^ +(\d+)\/(legacy|hex): *(.*)$/.exec(line) ?? []
      if (code === undefined) return []
      return [{code: Number(code), encoding: encoding === 'hex' ? 'hex' : 'text', value: value ?? ''}]
    }),
    forced: numbers('Forced options'),
    suppressed: numbers('Suppressed opts.'),
    ...(Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined)) as Partial<Record<keyof typeof times, number>>),
  }
}

function parseCondition(line: string): DhcpCondition[] {
  const [, verb, kind, value] = /^ +Conditions: +(include|exclude) (\S+) +(.*)$/.exec(line) ?? []
  return verb === undefined || kind === undefined ? [] : [{include: verb === 'include', kind, value: value ?? ''}]
}

function valueIn(body: readonly string[], name: string): string | undefined {
  return body
    .find((line) => line.trimStart().startsWith(`${name}:`))
    ?.trimStart()
    .slice(name.length + 1)
    .trim()
}
