import {Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {renderServeEvent} from '../src/cli/serve-text.js'
import {untilSignal} from '../src/cli/until-signal.js'
import {serveLab} from '../src/operations/serve.js'

export default class Serve extends BaseCommand {
  static override summary = 'serve the boot files by TFTP and HTTP, and DHCP if wanted'
  static override description =
    'Runs until Ctrl-C (SIGINT or SIGTERM). Prints one line per event; with --json one JSON object per line, the first of\n' +
    'kind "ready". Port 69 needs root, cap_net_bind_service, or another port.'
  static override examples = [
    '<%= config.bin %> serve',
    '<%= config.bin %> serve --dhcp full --listen 192.168.56.1',
    '<%= config.bin %> serve --tftp-port 6969 --no-http --json',
  ]
  static override flags = {
    listen: Flags.string({description: 'address to listen on (default: the setting serve.listen, else network.server)'}),
    'tftp-port': Flags.string({description: 'TFTP port (default: the setting serve.tftp-port)', helpValue: 'PORT'}),
    'http-port': Flags.string({description: 'HTTP port (default: the setting serve.http-port)', helpValue: 'PORT'}),
    'dhcp-port': Flags.string({description: 'DHCP port (default: the setting serve.dhcp-port)', helpValue: 'PORT'}),
    dhcp: Flags.option({
      options: ['off', 'full'] as const,
      description: 'full: answer DHCP for the hosts of the lab (default: full with dhcp.backend = builtin, else off)',
    })(),
    http: Flags.boolean({description: 'serve by HTTP too', default: true, allowNo: true}),
    user: Flags.string({description: 'become this user once the ports are bound'}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Serve)
    const lab = await this.openLab(flags, {
      ...(flags.listen === undefined ? {} : {'serve.listen': flags.listen}),
      ...(flags['tftp-port'] === undefined ? {} : {'serve.tftp-port': flags['tftp-port']}),
      ...(flags['http-port'] === undefined ? {} : {'serve.http-port': flags['http-port']}),
      ...(flags['dhcp-port'] === undefined ? {} : {'serve.dhcp-port': flags['dhcp-port']}),
    })
    const serving = await serveLab(lab, {
      dhcp: flags.dhcp === undefined ? lab.settings.dhcp.backend === 'builtin' : flags.dhcp === 'full',
      http: flags.http,
      ...(flags.user === undefined ? {} : {user: flags.user}),
      onEvent: (event) => this.printEvent(event, (at) => renderServeEvent(event, at)),
    })
    this.warnings(serving.warnings)
    const places = Object.entries(serving.listening).map(([name, place]) => `${name} ${place}`)
    this.printEvent(
      {kind: 'ready', listening: serving.listening},
      () => `serving ${lab.settings.lab.tftpRoot}: ${places.join(', ')}; stop with Ctrl-C`,
    )
    await untilSignal()
    await serving.close()
    this.printEvent({kind: 'stopped'}, () => 'stopped')
    return undefined
  }
}
