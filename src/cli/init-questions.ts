// The conversation of `pxectl init`: only what is missing is asked, each with the answer that this machine suggests.
import {findProblem} from '../errors.js'
import {defaultDhcpConfig} from '../lab/dhcp-config.js'
import {completeInitValues, loopbackValues, type InitValues} from '../lab/init-values.js'
import type {DhcpBackend} from '../lab/settings.js'
import {fittingSetUps, type MachineFacts} from '../lab/set-ups.js'
import {parseIpv4, parseRange, parseSubnet} from '../net/ipv4.js'
import {askChoice, askText} from './prompts.js'

const LOOPBACK = 'loopback: try pxectl on this machine alone, without root'

const BY_HAND = 'by-hand'

export async function askInitValues(given: InitValues, facts: MachineFacts): Promise<InitValues> {
  const {addresses} = facts
  let values: InitValues = {...given}
  if (values['network.interface'] === undefined && values['network.server'] === undefined && values['dhcp.backend'] === undefined) {
    const setUps = fittingSetUps(facts)
    const chosen = await askChoice('How is the lab to be set up?', [
      ...setUps.map(({name, meaning}) => ({value: name as string, name: `${name}: ${meaning}`})),
      {value: BY_HAND, name: 'by hand: I answer one question after another'},
    ])
    values = {...setUps.find(({name}) => name === chosen)?.values, ...values}
    // A set-up answers the rest; what it proposes stands in pxectl.ini and can be changed there.
    if (chosen !== BY_HAND) return values
  }
  if (values['network.interface'] === undefined && values['network.server'] === undefined) {
    const choices = addresses
      .filter((address) => !address.internal)
      .map(({interface: name, cidr}) => ({value: name, name: `${name} (${cidr})`}))
    const chosen = await askChoice('Which network interface do the machines of the lab boot from?', [
      ...choices,
      {value: 'lo', name: LOOPBACK},
    ])
    if (chosen === 'lo') return {...loopbackValues, ...values}
    values['network.interface'] = chosen
  }
  values = completeInitValues(values, addresses)
  values['network.server'] ??= await ask('Address of this server on that network?', undefined, parseIpv4)
  values['network.subnet'] ??= await ask('Subnet?', undefined, parseSubnet)
  if (given['network.range'] === undefined) {
    values['network.range'] = await ask('Addresses for new hosts?', completeInitValues(values, addresses)['network.range'], parseRange)
  }
  values['dhcp.backend'] ??= await askChoice<DhcpBackend>('Who answers DHCP on that network?', [
    {value: 'builtin', name: 'pxectl itself (the network has no DHCP server)'},
    {value: 'isc', name: 'ISC dhcpd on this machine'},
    {value: 'kea', name: 'Kea on this machine'},
    {value: 'dnsmasq', name: 'dnsmasq on this machine'},
    {value: 'vmware', name: 'VMware Workstation or Fusion on this machine'},
    {value: 'virtualbox', name: 'VirtualBox: the DHCP server of one of its networks'},
    {value: 'none', name: 'somebody else; I look after it'},
  ])
  const config = defaultDhcpConfig(values['dhcp.backend'] as DhcpBackend, process.platform)
  const isVirtualbox = values['dhcp.backend'] === 'virtualbox'
  if (config !== undefined || isVirtualbox) {
    const question = isVirtualbox ? 'Its network, as in `VBoxManage list dhcpservers`?' : 'Its configuration file?'
    values['dhcp.config'] ??= await ask(question, config ?? values['network.interface'], (text) => text)
    values['dhcp.boot-options'] ??= await askChoice('Where shall `pxectl dhcp apply` declare next-server and filename?', [
      {value: 'subnet', name: "for the lab's subnet"},
      {value: 'global', name: 'for all networks of that server'},
      {value: 'none', name: 'nowhere; they are there already'},
    ])
  }
  return values
}

async function ask(question: string, proposal: string | undefined, parse: (text: string) => unknown): Promise<string> {
  return askText(question, {
    ...(proposal === undefined ? {} : {default: proposal}),
    validate: (text) => findProblem(() => parse(text)),
  })
}
