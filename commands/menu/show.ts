import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {menuFormats, showMenu} from '../../src/operations/show-menu.js'

export default class MenuShow extends BaseCommand {
  static override summary = 'show the boot menu that a client would get'
  static override examples = ['<%= config.bin %> menu show tk2', '<%= config.bin %> menu show default --format ipxe']
  static override args = {host: Args.string({description: 'a host, or "default" for unknown clients', required: true})}
  static override flags = {
    format: Flags.option({options: menuFormats, description: "the loader's language", default: 'pxelinux' as const})(),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(MenuShow)
    const menu = await showMenu(await this.openLab(flags), args.host, flags.format)
    this.print(menu.text.trimEnd())
    return {menu}
  }
}
