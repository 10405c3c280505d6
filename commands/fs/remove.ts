import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {withProgress} from '../../src/cli/progress.js'
import {confirm} from '../../src/cli/prompts.js'
import {removeRoot, removeTemplate, type RemovedRoot, type RemovedTemplate} from '../../src/operations/remove-root.js'

export default class FsRemove extends BaseCommand {
  static override summary = 'remove a PXE filesystem, what an interrupted build left of one, or a template'
  static override description =
    'Refused while hosts boot it: --force removes it nonetheless. Roots do not need their template once they are made.'
  static override examples = [
    '<%= config.bin %> fs remove root_demo',
    '<%= config.bin %> fs remove root_demo --force --yes',
    '<%= config.bin %> fs remove bookworm-amd64-1a2b3c4d --template',
  ]
  static override args = {name: Args.string({description: 'the PXE filesystem, by name; with --template the template', required: true})}
  static override flags = {
    ...changeFlags,
    force: Flags.boolean({description: 'even if hosts boot it', default: false}),
    template: Flags.boolean({description: 'remove the template of that name', default: false}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(FsRemove)
    const {name} = args
    const lab = await this.openLab(flags)
    const remove = (dryRun: boolean, onProgress?: (step: string) => void): Promise<RemovedRoot | RemovedTemplate> =>
      flags.template
        ? removeTemplate(lab, name, dryRun)
        : removeRoot(lab, name, {force: flags.force, dryRun, ...(onProgress === undefined ? {} : {onProgress})})
    // Nobody should be asked about one that is not there, or cannot go.
    const planned = await remove(true)
    await confirm(`Remove ${name} and all its files?`, {assume: flags.yes || flags['dry-run'] || this.jsonEnabled()})
    const answer = flags['dry-run']
      ? planned
      : await withProgress(`remove ${name}`, {quiet: this.jsonEnabled()}, (onProgress) => remove(false, onProgress))
    this.warnings(answer.warnings)
    this.print(`${flags['dry-run'] ? 'would remove' : 'removed'} ${name}`)
    return answer
  }
}
