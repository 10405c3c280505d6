import {randomInt} from 'node:crypto'
import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {parseMac} from '../../src/net/mac.js'
import {askOnWire} from '../../src/operations/boot-test-ask.js'

/** What `pxectl boot-test` runs beside this machine. Hidden: for people, boot-test and `dhcp check --wire` say more. */
export default class DhcpAskWire extends BaseCommand {
  static override hidden = true
  static override summary = 'ask for an address and a boot file as a machine does that has no address'
  static override description =
    'Broadcasts from port 68, takes the first address that is offered, and listens for proxies. There must be a route to\n' +
    '255.255.255.255. boot-test runs it in a network namespace on the bridge of the lab.'
  static override examples = ['<%= config.bin %> dhcp ask-wire --mac 08:00:27:12:34:56 --architecture 7 --json']
  static override flags = {
    mac: Flags.string({description: 'hardware address of the machine', required: true}),
    architecture: Flags.integer({description: 'option 93: 0 BIOS, 7 x64 UEFI, 16 x64 UEFI HTTP boot', default: 0, min: 0, max: 65_535}),
    ipxe: Flags.boolean({description: 'ask as iPXE', default: false}),
    'http-client': Flags.boolean({description: 'ask as UEFI HTTP boot', default: false}),
    timeout: Flags.integer({description: 'seconds to wait for the answer', default: 5, min: 1, max: 3600}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpAskWire)
    const mac = parseMac(flags.mac)
    const client = {architecture: flags.architecture, isIpxe: flags.ipxe, isHttpClient: flags['http-client']}
    const answer = await askOnWire(client, {
      host: {mac},
      timeoutMs: flags.timeout * 1000,
      randomXid: () => randomInt(2 ** 32),
      now: () => performance.now(),
    })
    this.print(JSON.stringify(answer))
    return {answer}
  }
}
