import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderChange} from '../../src/cli/change-text.js'
import {changeFlags} from '../../src/cli/flags.js'
import {withProgress} from '../../src/cli/progress.js'
import {confirm} from '../../src/cli/prompts.js'
import {showHost} from '../../src/operations/list-hosts.js'
import {hostsAnswer} from '../../src/operations/host-answer.js'
import {removeHosts} from '../../src/operations/remove-hosts.js'

export default class HostRemove extends BaseCommand {
  static override summary = 'remove hosts: database rows, DHCP entries and boot files'
  static override examples = ['<%= config.bin %> host remove tk2', '<%= config.bin %> host remove tk2 tk3 --yes --json']
  static override strict = false
  static override args = {name: Args.string({description: 'the hosts, by name', required: true})}
  static override flags = {...changeFlags}

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(HostRemove)
    const names = argv as string[]
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    // Nobody should be asked about a host that is not there.
    for (const name of names) await showHost(lab, name)
    await confirm(`Remove ${names.join(', ')}?`, {assume: flags.yes || dryRun || this.jsonEnabled()})
    const changed = await withProgress(`remove ${names.join(', ')}`, {quiet: this.jsonEnabled() || dryRun}, (onProgress) =>
      removeHosts(lab, names, {dryRun, onProgress}),
    )
    const answer = hostsAnswer(changed, dryRun)
    this.warnings(answer.warnings)
    const removed = answer.hosts.map((host) => host.name).join(', ')
    this.print(renderChange({dryRun, done: `removed ${removed}`, would: `would remove ${removed}`, files: answer.files}))
    return answer
  }
}
