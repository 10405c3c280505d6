import {randomInt} from 'node:crypto'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {renderChange} from '../src/cli/change-text.js'
import {changeFlags} from '../src/cli/flags.js'
import {hostFlags, parseHostFlags} from '../src/cli/host-flags.js'
import {renderHost} from '../src/cli/host-text.js'
import {withProgress} from '../src/cli/progress.js'
import {parseHostname} from '../src/net/hostname.js'
import {addHost} from '../src/operations/add-host.js'
import {getUnknownClient} from '../src/operations/list-unknown-clients.js'
import {hostAnswer} from '../src/operations/host-answer.js'

export default class AddHost extends BaseCommand {
  static override summary = 'add a host: database row, DHCP entry and boot files, all or nothing'
  static override description =
    'What is left out is chosen: the next free address of the range, and an unused MAC address with the prefix of your\n' +
    'hypervisor. With --auto the name is chosen too, and printed alone. If any part fails, all are as before.'
  static override aliases = ['host:add']
  static override examples = [
    '<%= config.bin %> add-host tk2 --mac 08:00:27:12:34:56 --ip 192.168.56.21 --root root_tk2',
    '<%= config.bin %> add-host --auto --root root_you',
    '<%= config.bin %> add-host tk4 --from 08:00:27:ab:cd:ef   # a machine that knocks: host list --unknown',
    '<%= config.bin %> add-host tk3 --image debian12 --boot-args "quiet" --dry-run',
  ]
  static override args = {name: Args.string({description: 'name of the new host; left out only with --auto'})}
  static override flags = {
    ...changeFlags,
    ...hostFlags,
    from: Flags.string({
      description: 'adopt a machine that was seen (host list --unknown), by its MAC address',
      helpValue: 'MAC',
      exclusive: ['mac'],
    }),
    firmware: Flags.option({options: ['bios', 'uefi'] as const, description: 'the only firmware the host has'})(),
    auto: Flags.boolean({description: 'choose name, address and MAC, and print the name', default: false}),
    'no-dhcp': Flags.boolean({description: 'do not declare the host in the DHCP server', default: false}),
    restart: Flags.boolean({description: 'restart the DHCP server', default: true, allowNo: true}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(AddHost)
    const lab = await this.openLab(flags)
    const wanted = {
      ...parseHostFlags(flags),
      ...(flags.from === undefined ? {} : {mac: await getUnknownClient(lab, flags.from)}),
      ...(args.name === undefined ? {} : {name: parseHostname(args.name)}),
      ...(flags.firmware === undefined ? {} : {firmware: flags.firmware}),
      auto: flags.auto,
      dhcp: !flags['no-dhcp'],
    }
    const dryRun = flags['dry-run']
    const changed = await withProgress(`add ${args.name ?? 'a host'}`, {quiet: this.jsonEnabled() || dryRun}, (onProgress) =>
      addHost(lab, wanted, {dryRun, restart: flags.restart, onProgress, random: randomInt, now: () => new Date()}),
    )
    const answer = hostAnswer(changed, dryRun)
    this.warnings(answer.warnings)
    const {name} = answer.host
    const done = flags.auto ? name : `added ${name}\n${renderHost(answer.host)}`
    this.print(renderChange({dryRun, done, would: `would add ${name}\n${renderHost(answer.host)}`, files: answer.files}))
    return answer
  }
}
