import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderRoot} from '../../src/cli/fs-text.js'
import {showRoot} from '../../src/operations/show-root.js'

export default class FsShow extends BaseCommand {
  static override summary = 'show what is known of a PXE filesystem, and where its files are'
  static override examples = ['<%= config.bin %> fs show root_demo', '<%= config.bin %> fs show root_demo --json']
  static override args = {name: Args.string({description: 'the PXE filesystem, by name', required: true})}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(FsShow)
    const shown = await showRoot(await this.openLab(flags), args.name)
    this.print(renderRoot(shown))
    return shown
  }
}
