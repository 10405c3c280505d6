import {resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {changeFlags} from '../src/cli/flags.js'
import {askInitValues} from '../src/cli/init-questions.js'
import {renderFacts} from '../src/cli/set-up-text.js'
import {canPrompt} from '../src/cli/prompts.js'
import {completeInitValues, loopbackValues, type InitValues} from '../src/lab/init-values.js'
import {PxectlError} from '../src/errors.js'
import {bootLoaders, bootOptionsScopes, dhcpBackends, hypervisors} from '../src/lab/settings.js'
import type {SettingName} from '../src/lab/setting-table.js'
import {fittingSetUps, setUpNames, type MachineFacts, type SetUpName} from '../src/lab/set-ups.js'
import {initLab, listInterfaceAddresses} from '../src/operations/init-lab.js'
import {lookAround} from '../src/operations/look-around.js'

/** Flag → the setting it gives. */
const FLAG_SETTINGS = {
  name: 'lab.name',
  interface: 'network.interface',
  subnet: 'network.subnet',
  server: 'network.server',
  range: 'network.range',
  gateway: 'network.gateway',
  dns: 'network.dns',
  domain: 'network.domain',
  dhcp: 'dhcp.backend',
  'dhcp-config': 'dhcp.config',
  'boot-options': 'dhcp.boot-options',
  loader: 'boot.loader',
  hypervisor: 'vm.hypervisor',
} as const satisfies Record<string, SettingName>

function networkUnknown(): PxectlError {
  return new PxectlError('the lab needs a network: say which', {
    code: 'NETWORK_UNKNOWN',
    kind: 'usage',
    suggestions: [
      'pxectl init my-lab --interface eth1',
      'pxectl init my-lab --server 192.168.56.1 --subnet 192.168.56.0/24',
      'on this machine alone, without root: pxectl init my-lab --defaults',
    ],
  })
}

/** The values of a set-up that was named. Throws SET_UP_DOES_NOT_FIT. */
function valuesOf(name: SetUpName, facts: MachineFacts): InitValues {
  const fitting = fittingSetUps(facts)
  const found = fitting.find((setUp) => setUp.name === name)
  if (found !== undefined) return found.values
  throw new PxectlError(`the set-up ${name} does not fit this machine: what it needs is not here`, {
    code: 'SET_UP_DOES_NOT_FIT',
    kind: 'environment',
    details: {setup: name, fitting: fitting.map((setUp) => setUp.name)},
    suggestions: [`what fits: ${fitting.map((setUp) => setUp.name).join(', ')}`, 'or say it all yourself: pxectl init --help'],
  })
}

export default class Init extends BaseCommand {
  static override summary = 'make a lab: pxectl.ini, the host database and the TFTP root'
  static override description =
    'Looks at interfaces, hypervisors, DHCP servers and ports. On a terminal it then proposes the set-ups that fit, and asks what\n' +
    'is not given; --setup names one. Otherwise --interface (server and subnet follow from it), or --server and\n' +
    '--subnet, are needed. --defaults without them makes a lab on loopback with high ports, which needs no root.'
  static override examples = [
    '<%= config.bin %> init my-lab',
    '<%= config.bin %> init my-lab --defaults',
    '<%= config.bin %> init my-lab --setup host-only --yes',
    '<%= config.bin %> init /srv/lab --interface eth1 --dhcp isc --dhcp-config /etc/dhcp/dhcpd.conf',
    '<%= config.bin %> init lab --server 192.168.56.1 --subnet 192.168.56.0/24 --range 192.168.56.100-192.168.56.199',
  ]
  static override args = {dir: Args.string({description: 'folder of the lab; made if missing', default: '.'})}
  static override flags = {
    ...changeFlags,
    setup: Flags.option({options: setUpNames, description: 'one of the usual set-ups, as far as it fits this machine'})(),
    name: Flags.string({description: 'name of the lab'}),
    interface: Flags.string({description: 'network interface of the lab; never guessed silently', helpValue: 'eth1'}),
    subnet: Flags.string({description: 'subnet of the lab', helpValue: '192.168.56.0/24'}),
    server: Flags.string({description: 'address of this server for the clients (next-server)', helpValue: '192.168.56.1'}),
    range: Flags.string({description: 'where free addresses are taken from', helpValue: 'FIRST-LAST'}),
    gateway: Flags.string({description: 'default router of the clients'}),
    dns: Flags.string({description: 'name servers of the clients, separated by commas'}),
    domain: Flags.string({description: 'domain name of the clients'}),
    dhcp: Flags.option({options: dhcpBackends, description: 'the DHCP server of the lab'})(),
    'dhcp-config': Flags.string({
      description: "the DHCP server's configuration file; with virtualbox its network",
      helpValue: '/etc/dhcp/dhcpd.conf',
    }),
    'boot-options': Flags.option({options: bootOptionsScopes, description: 'where `dhcp apply` declares next-server and filename'})(),
    loader: Flags.option({options: bootLoaders, description: 'the loader that firmware is given first'})(),
    hypervisor: Flags.option({options: hypervisors, description: 'the hypervisor of new VMs'})(),
    defaults: Flags.boolean({description: 'ask nothing; take the defaults for what is not given', default: false}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Init)
    const asks = !flags.defaults && !flags.yes && !this.jsonEnabled() && canPrompt()
    // Programs are asked only where somebody wants to know of them.
    const facts = asks || flags.setup !== undefined ? await lookAround() : undefined
    const addresses = facts?.addresses ?? listInterfaceAddresses()
    let given: InitValues = {}
    for (const [flag, setting] of Object.entries(FLAG_SETTINGS)) {
      const value = flags[flag as keyof typeof FLAG_SETTINGS]
      // A path is meant as seen from where the user stands; in the file it would be relative to the file.
      const isPath = flag === 'dhcp-config' && flags.dhcp !== 'virtualbox'
      if (value !== undefined) given = {...given, [setting]: isPath ? resolve(value) : value}
    }
    if (facts !== undefined && flags.setup !== undefined) given = {...valuesOf(flags.setup, facts), ...given}
    const located = given['network.interface'] !== undefined || given['network.server'] !== undefined
    if (!located && flags.defaults) given = {...loopbackValues, ...given}
    if (facts !== undefined && asks) {
      this.note(renderFacts(facts))
      given = await askInitValues(given, facts)
    }
    if (given['network.interface'] === undefined && given['network.server'] === undefined) throw networkUnknown()
    const made = await initLab({folder: args.dir, values: completeInitValues(given, addresses), dryRun: flags['dry-run']})
    this.warnings(made.warnings)
    this.print(
      flags['dry-run']
        ? `would make ${made.made.join(', ')}\n${made.text.trimEnd()}`
        : [`made the lab ${made.configPath}`, 'next: pxectl loader install; pxectl add-host tk2; pxectl serve'].join('\n'),
    )
    return {...made, dryRun: flags['dry-run']}
  }
}
