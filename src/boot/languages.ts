// The languages of the loaders: how each writes a menu, and under which name a host's menu in it lies below the TFTP root.
import type {Mac} from '../net/mac.js'
import {renderGrub} from './grub.js'
import {renderIpxe} from './ipxe.js'
import type {BootMenu} from './menu.js'
import {grubConfigName, ipxeScriptName, pxelinuxConfigName} from './names.js'
import {renderPxelinux} from './pxelinux.js'

export const menuFormats = ['pxelinux', 'ipxe', 'grub'] as const
export type MenuFormat = (typeof menuFormats)[number]

export type MenuLanguage = {readonly nameFor: (mac: Mac) => string; readonly render: (menu: BootMenu) => string}

export const menuLanguages: Readonly<Record<MenuFormat, MenuLanguage>> = {
  pxelinux: {nameFor: pxelinuxConfigName, render: renderPxelinux},
  ipxe: {nameFor: ipxeScriptName, render: renderIpxe},
  grub: {nameFor: grubConfigName, render: renderGrub},
}
