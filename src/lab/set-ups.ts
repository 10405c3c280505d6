// The few ways in which a lab is set up, and which of them fit a machine: pure, so that each proposal can be tested.
import {defaultDhcpConfig} from './dhcp-config.js'
import {loopbackValues, type InitValues} from './init-values.js'
import type {InterfaceAddress} from '../system/network.js'

export const setUpNames = ['loopback', 'virtualbox-nat', 'host-only', 'bridged-proxy', 'vmware-nat', 'own-dhcp'] as const
export type SetUpName = (typeof setUpNames)[number]

/** DHCP servers whose configuration pxectl edits. */
export const editedServers = ['isc', 'kea', 'dnsmasq'] as const
export type EditedServer = (typeof editedServers)[number]

/** What was found on this machine. */
export type MachineFacts = {
  readonly platform: string
  readonly addresses: readonly InterfaceAddress[]
  /** Those installed, each with its version; an empty one where it would not tell. */
  readonly hypervisors: Partial<Readonly<Record<'virtualbox' | 'vmware' | 'qemu', string>>>
  /** Those that run, or have a configuration file here. */
  readonly dhcpServers: readonly EditedServer[]
  /** Ports of the lab that a program holds: `udp 69 (in.tftpd)`. */
  readonly takenPorts: readonly string[]
}

export type SetUp = {
  readonly name: SetUpName
  /** What it means, in one line. */
  readonly meaning: string
  /** The settings that follow from it. */
  readonly values: InitValues
}

/** The interfaces that hypervisors make for a network between this machine and its VMs. */
const HOST_ONLY = /^(vboxnet\d+|vmnet(?!8$)\d+|VirtualBox Host-Only.*)$/
/** Of the programs on this machine, not of its network. */
const VIRTUAL = /^(vboxnet|vmnet|VirtualBox|docker|virbr|veth|br-)/

/** Those that fit, the likeliest first. Loopback always does. */
export function fittingSetUps(facts: MachineFacts): SetUp[] {
  const outer = facts.addresses.filter(({internal}) => !internal)
  const hostOnly = outer.find((address) => HOST_ONLY.test(address.interface))
  const vmnet8 = outer.find((address) => address.interface === 'vmnet8')
  const lan = outer.find((address) => !VIRTUAL.test(address.interface))
  const [server] = facts.dhcpServers
  const found: (SetUp | undefined)[] = [
    hostOnly === undefined ? undefined : hostOnlySetUp(hostOnly, facts),
    server === undefined || lan === undefined ? undefined : ownDhcp(lan, server, facts.platform),
    vmnet8 === undefined || facts.hypervisors.vmware === undefined ? undefined : vmwareNat(vmnet8, facts.platform),
    lan === undefined || facts.hypervisors.virtualbox === undefined ? undefined : virtualboxNat(lan),
    lan === undefined ? undefined : bridgedProxy(lan, facts),
    {
      name: 'loopback',
      meaning: 'to try pxectl on this machine alone: no root, no VM, nothing leaves it',
      values: loopbackValues,
    },
  ]
  return found.filter((setUp) => setUp !== undefined)
}

function hostOnlySetUp({interface: name}: InterfaceAddress, facts: MachineFacts): SetUp {
  const hypervisor = name.startsWith('vmnet') ? 'vmware' : 'virtualbox'
  return {
    name: 'host-only',
    meaning: `VMs at ${name} boot from this machine, and pxectl gives the addresses (sudo pxectl serve --dhcp full); switch off the hypervisor's own DHCP server there`,
    values: {
      'network.interface': name,
      'dhcp.backend': 'builtin',
      ...(facts.hypervisors[hypervisor] === undefined ? {} : {'vm.hypervisor': hypervisor}),
      'vm.network': `hostonly:${name}`,
    },
  }
}

function ownDhcp({interface: name}: InterfaceAddress, server: EditedServer, platform: string): SetUp {
  const config = defaultDhcpConfig(server, platform)
  return {
    name: 'own-dhcp',
    meaning: `${SERVER_NAMES[server]} of this machine stays; pxectl adds hosts and boot options to ${config ?? 'its configuration'}, tests them and restarts it`,
    values: {
      'network.interface': name,
      'dhcp.backend': server,
      ...(config === undefined ? {} : {'dhcp.config': config}),
      'dhcp.boot-options': 'subnet',
    },
  }
}

const SERVER_NAMES: Record<EditedServer, string> = {isc: 'ISC dhcpd', kea: 'Kea', dnsmasq: 'dnsmasq'}

function vmwareNat({interface: name}: InterfaceAddress, platform: string): SetUp {
  const config = defaultDhcpConfig('vmware', platform)
  return {
    name: 'vmware-nat',
    meaning: `VMs at vmnet8 boot from this machine; pxectl edits VMware's DHCP configuration of that network`,
    values: {
      'network.interface': name,
      'dhcp.backend': 'vmware',
      ...(config === undefined ? {} : {'dhcp.config': config}),
      'dhcp.boot-options': 'subnet',
      'vm.hypervisor': 'vmware',
      'vm.network': 'nat',
    },
  }
}

function virtualboxNat({interface: name}: InterfaceAddress): SetUp {
  return {
    name: 'virtualbox-nat',
    meaning: 'VirtualBox VMs behind NAT boot from this machine by TFTP; no network is touched, and addresses are what VirtualBox gives',
    values: {
      'network.interface': name,
      'dhcp.backend': 'none',
      'boot.loader': 'pxelinux',
      'vm.hypervisor': 'virtualbox',
      'vm.network': 'nat',
    },
  }
}

function bridgedProxy({interface: name}: InterfaceAddress, {hypervisors}: MachineFacts): SetUp {
  const hypervisor = hypervisors.virtualbox !== undefined ? 'virtualbox' : hypervisors.vmware !== undefined ? 'vmware' : undefined
  return {
    name: 'bridged-proxy',
    meaning: `machines and bridged VMs at ${name} get addresses from the DHCP server that is there; pxectl only names what to boot (sudo pxectl serve --dhcp proxy)`,
    values: {
      'network.interface': name,
      'dhcp.backend': 'none',
      ...(hypervisor === undefined ? {} : {'vm.hypervisor': hypervisor, 'vm.network': `bridged:${name}`}),
    },
  }
}
