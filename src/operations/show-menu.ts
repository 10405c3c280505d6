// What a client would get, rendered for its loader.
import {renderGrub} from '../boot/grub.js'
import {renderIpxe} from '../boot/ipxe.js'
import {defaultMenu, hostMenu} from '../boot/menu.js'
import {renderPxelinux} from '../boot/pxelinux.js'
import type {Lab} from '../lab/open-lab.js'
import {bootHostOf, readBootContext} from './boot-context.js'

export const menuFormats = ['pxelinux', 'ipxe', 'grub'] as const
export type MenuFormat = (typeof menuFormats)[number]

/** `name` is a host, or `default` for what an unknown client gets. */
export async function showMenu(lab: Lab, name: string, format: MenuFormat): Promise<{name: string; format: MenuFormat; text: string}> {
  const context = await readBootContext(lab)
  const menu = name === 'default' ? defaultMenu(context) : hostMenu(bootHostOf(await lab.store.getByName(name)), context)
  const render = {pxelinux: renderPxelinux, ipxe: renderIpxe, grub: renderGrub}[format]
  return {name, format, text: render(menu)}
}
