// The languages of the loaders: how each writes a menu, and under which name a host's menu in it lies below the TFTP root.
import type {Mac} from '../net/mac.js'
import {renderGrub} from './grub.js'
import {renderIpxe} from './ipxe.js'
import {renderMenuLst} from './menu-lst.js'
import type {BootMenu} from './menu.js'
import {grubConfigName, ipxeScriptName, menuLstName, pxelinuxConfigName} from './names.js'
import {renderPxelinux} from './pxelinux.js'

export const menuFormats = ['pxelinux', 'ipxe', 'grub', 'menu.lst'] as const
export type MenuFormat = (typeof menuFormats)[number]

/** Those that are written into the TFTP root too, for servers other than ours. menu.lst is made only when it is asked for. */
export const storedFormats = ['pxelinux', 'ipxe', 'grub'] as const satisfies readonly MenuFormat[]

export type MenuLanguage = {readonly nameFor: (mac: Mac) => string; readonly render: (menu: BootMenu) => string}

export const menuLanguages: Readonly<Record<MenuFormat, MenuLanguage>> = {
  pxelinux: {nameFor: pxelinuxConfigName, render: renderPxelinux},
  ipxe: {nameFor: ipxeScriptName, render: renderIpxe},
  grub: {nameFor: grubConfigName, render: renderGrub},
  'menu.lst': {nameFor: menuLstName, render: renderMenuLst},
}
