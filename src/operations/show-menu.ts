// What a client would get, rendered for its loader.
import type {MenuFormat} from '../boot/formats.js'
import {menuLanguages} from '../boot/languages.js'
import {defaultMenu, hostMenu} from '../boot/menu.js'
import type {Lab} from '../lab/open-lab.js'
import {bootHostOf, readBootContext} from './boot-context.js'

export {menuFormats} from '../boot/formats.js'

/** `name` is a host, or `default` for what an unknown client gets. */
export async function showMenu(lab: Lab, name: string, format: MenuFormat): Promise<{name: string; format: MenuFormat; text: string}> {
  const context = await readBootContext(lab)
  const menu = name === 'default' ? defaultMenu(context) : hostMenu(bootHostOf(await lab.store.getByName(name)), context)
  return {name, format, text: menuLanguages[format].render(menu)}
}
