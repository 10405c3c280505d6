// What `pxectl init` found on this machine, for people.
import type {MachineFacts} from '../lab/set-ups.js'

export function renderFacts({addresses, hypervisors, dhcpServers, takenPorts}: MachineFacts): string {
  const outer = addresses.filter(({internal}) => !internal).map(({interface: name, cidr}) => `${name} ${cidr}`)
  const programs = Object.entries(hypervisors).map(([name, version]) => `${name} ${version}`.trim())
  const rows = [
    ['networks', outer],
    ['hypervisors', programs],
    ['DHCP servers', dhcpServers],
    ['ports taken', takenPorts],
  ] as const
  return [
    'This machine has:',
    ...rows.map(([name, found]) => `  ${name.padEnd(13)} ${found.length === 0 ? 'none' : found.join(', ')}`),
  ].join('\n')
}
