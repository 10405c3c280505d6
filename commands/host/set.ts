import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderChange} from '../../src/cli/change-text.js'
import {changeFlags} from '../../src/cli/flags.js'
import {hostFlags, parseHostFlags} from '../../src/cli/host-flags.js'
import {renderHost} from '../../src/cli/host-text.js'
import {withProgress} from '../../src/cli/progress.js'
import {parseHostname} from '../../src/net/hostname.js'
import {hostAnswer} from '../../src/operations/host-answer.js'
import {setHost} from '../../src/operations/set-host.js'

export default class HostSet extends BaseCommand {
  static override summary = 'change a host; what is not given stays'
  static override description =
    'An empty value clears --root, --image and --boot-args. Database, DHCP entry and boot files change together or not at all.'
  static override examples = [
    '<%= config.bin %> host set tk2 --image debian12',
    '<%= config.bin %> host set tk2 --mac 08:00:27:ab:cd:ef --dry-run',
    '<%= config.bin %> host set tk2 --name tk9',
  ]
  static override args = {name: Args.string({description: 'the host', required: true})}
  static override flags = {
    ...changeFlags,
    ...hostFlags,
    name: Flags.string({description: 'new name'}),
    firmware: Flags.option({options: ['bios', 'uefi', 'any'] as const, description: 'the firmware the host has'})(),
    dhcp: Flags.boolean({description: 'declare the host in the DHCP server', allowNo: true}),
    restart: Flags.boolean({description: 'restart the DHCP server', default: true, allowNo: true}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(HostSet)
    const update = {
      ...parseHostFlags(flags),
      ...(flags.name === undefined ? {} : {name: parseHostname(flags.name)}),
      ...(flags.firmware === undefined ? {} : {firmware: flags.firmware}),
      ...(flags.dhcp === undefined ? {} : {dhcp: flags.dhcp}),
    }
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    const changed = await withProgress(`set ${args.name}`, {quiet: this.jsonEnabled() || dryRun}, (onProgress) =>
      setHost(lab, args.name, update, {dryRun, restart: flags.restart, onProgress, now: () => new Date()}),
    )
    const answer = hostAnswer(changed, dryRun)
    this.warnings(answer.warnings)
    const shown = renderHost(answer.host)
    this.print(
      renderChange({dryRun, done: `changed ${args.name}\n${shown}`, would: `would change ${args.name}\n${shown}`, files: answer.files}),
    )
    return answer
  }
}
