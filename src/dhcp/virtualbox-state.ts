// What a DHCP server of VirtualBox was told, as text: the words that would tell it so again. VBoxManage shows it in a form that it
// does not read; this one is for diffs and backups, and goes both ways. Pure.
//
//     --network=lab
//       --server-ip=10.0.0.2
//       --enable
//     --mac-address=08:00:27:12:34:56
//       --fixed-address=10.0.0.21
//       --set-opt=12 tk2
import {PxectlError} from '../errors.js'
import type {DhcpCondition, DhcpScope, VboxDhcpServer} from '../vboxmanage/dhcp-servers.js'

/** For whom, and what: `--mac-address=…` with `--fixed-address=…`, `--set-opt=12 tk2`. Each setting is an option and perhaps one value. */
export type Section = {readonly selector: string; readonly settings: readonly string[]}

/** The network's own section first, then the global one; both are always there. Sorted, so that equal states are equal texts. */
export type ServerState = readonly Section[]

export const GLOBAL = '--global'

/** The selector of a network's own section. */
export function networkSelector(network: string): string {
  return `--network=${network}`
}

export function selectorOf(scope: DhcpScope): string {
  switch (scope.kind) {
    case 'global':
      return GLOBAL
    case 'group':
      return `--group=${scope.name}`
    case 'mac':
      return `--mac-address=${scope.mac}`
    case 'vm':
      return `--vm=${scope.vm} --nic=${scope.nic}`
  }
}

/** The state as VBoxManage listed it. */
export function stateOf(server: VboxDhcpServer): ServerState {
  const own: Section = {
    selector: networkSelector(server.network),
    settings: [
      `--server-ip=${server.serverIp}`,
      `--netmask=${server.netmask}`,
      `--lower-ip=${server.lowerIp}`,
      `--upper-ip=${server.upperIp}`,
      server.enabled ? '--enable' : '--disable',
    ],
  }
  const sections = server.scopes.map((scope): Section => ({selector: selectorOf(scope), settings: settingsOf(scope, server.netmask)}))
  return [own, ...sortSections(sections)]
}

const ORDER = ['--network=', GLOBAL, '--group=', '--mac-address=', '--vm=']

/** Global first, groups, then single clients, each by name. */
export function sortSections(sections: readonly Section[]): Section[] {
  const rank = ({selector}: Section): number => ORDER.findIndex((start) => selector.startsWith(start))
  return [...sections].sort((a, b) => rank(a) - rank(b) || (a.selector < b.selector ? -1 : 1))
}

/** In the order in which they are kept: what is no option of DHCP, then options by their number. */
export function sortSettings(settings: readonly string[]): string[] {
  const rank = (setting: string): number => Number(/^--(?:set|force|suppress)-opt(?:-hex)?=(\d+)/.exec(setting)?.[1] ?? -1)
  return [...settings].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

function settingsOf(scope: DhcpScope, netmask: string): string[] {
  const settings = [
    ...(scope.kind === 'group' ? scope.conditions.map(renderCondition) : []),
    ...(!('fixedAddress' in scope) ? [] : [`--fixed-address=${scope.fixedAddress}`]),
    ...(['min', 'default', 'max'] as const).flatMap((name) => {
      const time = scope[`${name}LeaseTime`]
      return time === undefined ? [] : [`--${name}-lease-time=${time}`]
    }),
    // VirtualBox makes the global option 1 from the netmask by itself.
    ...scope.options
      .filter(({code, value}) => !(scope.kind === 'global' && code === 1 && value === netmask))
      .map(({code, encoding, value}) => `--set-opt${encoding === 'hex' ? '-hex' : ''}=${code} ${value}`),
    ...scope.forced.map((code) => `--force-opt=${code}`),
    ...scope.suppressed.map((code) => `--suppress-opt=${code}`),
  ]
  return sortSettings(settings)
}

const CONDITIONS: Readonly<Record<string, string>> = {
  MAC: 'mac',
  'MAC*': 'mac-wild',
  VendorCID: 'vendor',
  'VendorCID*': 'vendor-wild',
  UserCID: 'user',
  'UserCID*': 'user-wild',
}

function renderCondition({include, kind, value}: DhcpCondition): string {
  return `--${include ? 'incl' : 'excl'}-${CONDITIONS[kind] ?? kind}=${value}`
}

export function renderState(state: ServerState): Buffer {
  return Buffer.from(state.flatMap(({selector, settings}) => [selector, ...settings.map((setting) => `  ${setting}`)]).join('\n') + '\n')
}

/** Reads such a text again; `where` is for the error. Throws DHCP_BACKUP_DAMAGED. */
export function parseState(bytes: Buffer, where: string): ServerState {
  const sections: {selector: string; settings: string[]}[] = []
  for (const [index, line] of bytes.toString('utf8').split('\n').slice(0, -1).entries()) {
    const [, indent, text = ''] = /^( {2})?(--\S.*)$/.exec(line) ?? []
    const section = sections.at(-1)
    if (text === '' || (indent !== undefined && section === undefined)) {
      throw new PxectlError(`${where} line ${index + 1}: not the state of a DHCP server of VirtualBox: ${line}`, {
        code: 'DHCP_BACKUP_DAMAGED',
        kind: 'invalidData',
        details: {file: where, line: index + 1},
        suggestions: ['choose another backup: pxectl dhcp rollback --list'],
      })
    }
    if (indent === undefined) sections.push({selector: text, settings: []})
    else section?.settings.push(text)
  }
  return sections
}
