import {Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {DEFAULT_GRACE_SECONDS, programWords, settingsOf, unitKinds, withUnitKind, wordsOf} from '../src/cli/serve-flags.js'
import {runServe} from '../src/cli/serve-run.js'
import {pageFolderOf, type WebOptions} from '../src/cli/serve-web.js'
import {openSettings} from '../src/lab/open-lab.js'
import {type DhcpMode, dhcpModes} from '../src/operations/serve-dhcp.js'
import {makeServiceUnit} from '../src/operations/service-unit.js'

export default class Serve extends BaseCommand {
  static override summary = 'serve the boot files by TFTP and HTTP, the web page, and DHCP if wanted'
  static override description =
    'Runs until Ctrl-C (SIGINT or SIGTERM), which lets running transfers finish for a while; a second one ends them. Prints one\n' +
    'line per event and, on a terminal, a table of what is going on; with --json or --log-format json one JSON object per line:\n' +
    'time, protocol, kind (start, done, failed, refused), client, port, name, sizeBytes, bytes, durationMs, retransmits, blksize,\n' +
    'windowsize, method, status, message; for DHCP: mac, ip, name, filename, firmware, message. The first is of kind "ready", the\n' +
    'last "stopped" with the account of the run. Counts for Prometheus are at http://ADDRESS:PORT/metrics.\n' +
    'The web page is at http://127.0.0.1:4040/; beyond loopback it needs a login first: pxectl web password.\n' +
    'Port 69 needs root, cap_net_bind_service, or another port. Takes sockets from systemd, and tells it when it is ready.'
  static override examples = [
    '<%= config.bin %> serve',
    '<%= config.bin %> serve --dhcp proxy',
    '<%= config.bin %> serve --dhcp full --listen 192.168.56.1',
    '<%= config.bin %> serve --tftp-port 6969 --no-http --json',
    '<%= config.bin %> serve --print-unit service --user tftp > /etc/systemd/system/pxectl.service',
  ]
  static override flags = {
    listen: Flags.string({description: 'address to listen on (default: the setting serve.listen, else network.server)'}),
    'tftp-port': Flags.string({description: 'TFTP port (default: the setting serve.tftp-port)', helpValue: 'PORT'}),
    'http-port': Flags.string({description: 'HTTP port (default: the setting serve.http-port)', helpValue: 'PORT'}),
    'dhcp-port': Flags.string({description: 'DHCP port (default: the setting serve.dhcp-port)', helpValue: 'PORT'}),
    dhcp: Flags.option({
      options: dhcpModes,
      description:
        'full: be the DHCP server of the lab; proxy: beside another server, only name the boot files ' +
        '(default: full with dhcp.backend = builtin, else off)',
    })(),
    'allow-other-dhcp': Flags.boolean({description: 'with --dhcp full: start though another DHCP server answers on the network'}),
    http: Flags.boolean({description: 'serve by HTTP too', default: true, allowNo: true}),
    web: Flags.boolean({description: 'serve the web page', default: true, allowNo: true}),
    'web-port': Flags.string({description: 'port of the web page (default: the setting serve.web-port)', helpValue: 'PORT'}),
    'web-listen': Flags.string({description: 'address of the web page (default: the setting serve.web-listen)', helpValue: 'ADDRESS'}),
    metrics: Flags.boolean({description: 'serve counts for Prometheus as /metrics by HTTP', default: true, allowNo: true}),
    user: Flags.string({description: 'become this user once the ports are bound'}),
    live: Flags.boolean({description: 'on a terminal: a table of running transfers below the lines', default: true, allowNo: true}),
    'log-format': Flags.option({
      options: ['text', 'json'] as const,
      default: 'text' as const,
      description: 'how events are printed, one a line; json with --json',
    })(),
    grace: Flags.integer({
      description: 'how long running transfers may go on after the first signal, in seconds',
      default: DEFAULT_GRACE_SECONDS,
      min: 0,
      max: 3600,
      helpValue: 'SECONDS',
    }),
    'print-unit': Flags.option({
      options: unitKinds,
      description: 'print a systemd unit for this lab and these flags, and serve nothing; without a value: service',
    })(),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Serve, withUnitKind(this.argv))
    const settings = settingsOf(flags)
    const user = flags.user === undefined ? {} : {user: flags.user}
    const dhcpOf = (backend: string): DhcpMode => flags.dhcp ?? (backend === 'builtin' ? 'full' : 'off')
    if (flags['print-unit'] !== undefined) {
      const lab = await openSettings({...this.labOptions(flags), settings})
      const unit = await makeServiceUnit(lab, {
        kind: flags['print-unit'],
        program: programWords(),
        flags: wordsOf(flags),
        dhcp: dhcpOf(lab.settings.dhcp.backend) !== 'off',
        http: flags.http,
        graceSeconds: flags.grace,
        ...user,
      })
      this.warnings(unit.warnings)
      this.print(unit.text.trimEnd())
      return unit
    }
    const lab = await this.openLab(flags, settings)
    await runServe(lab, {
      dhcp: dhcpOf(lab.settings.dhcp.backend),
      allowOtherDhcp: flags['allow-other-dhcp'],
      http: flags.http,
      graceSeconds: flags.grace,
      format: this.jsonEnabled() ? 'json' : flags['log-format'],
      live: flags.live,
      ...user,
      ...(flags.web ? {web: this.web(flags, settings)} : {}),
      ...(flags.metrics ? {metrics: {version: this.config.version}} : {}),
    })
    return undefined
  }

  private web(flags: {'web-port'?: string | undefined; config?: string | undefined}, settings: ReturnType<typeof settingsOf>): WebOptions {
    return {
      lab: {...this.labOptions(flags), settings},
      pageFolder: pageFolderOf(this.config.root, import.meta.url),
      isPortAsked: flags['web-port'] !== undefined,
    }
  }
}
