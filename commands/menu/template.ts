import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {menuFormats} from '../../src/operations/show-menu.js'
import {type MenuFormat, showTemplate} from '../../src/operations/show-template.js'

export default class MenuTemplate extends BaseCommand {
  static override summary = 'print the built-in frame of a menu, to start one of your own from'
  static override description = 'A file templates/FORMAT beside pxectl.ini is used in the place of the built-in frame.'
  static override examples = ['<%= config.bin %> menu template ipxe > templates/ipxe']
  static override args = {
    // oclif compares it with the options first.
    format: Args.custom<MenuFormat>({parse: async (text) => text as MenuFormat})({
      description: "the loader's language",
      options: [...menuFormats],
      required: true,
    }),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(MenuTemplate)
    const template = await showTemplate(await this.openLab(flags), args.format)
    this.print(template.text.trimEnd())
    return {template}
  }
}
