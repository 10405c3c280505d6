// The languages of the loaders: how each writes a menu, and under which name a host's menu in it lies below the TFTP root.
import type {Mac} from '../net/mac.js'
import type {MenuFormat} from './formats.js'
import {GRUB_TEMPLATE, renderGrub} from './grub.js'
import {IPXE_TEMPLATE, renderIpxe} from './ipxe.js'
import {MENU_LST_TEMPLATE, renderMenuLst} from './menu-lst.js'
import type {BootMenu} from './menu.js'
import {grubConfigName, ipxeScriptName, menuLstName, pxelinuxConfigName} from './names.js'
import {pxelinuxTemplate, renderPxelinux} from './pxelinux.js'

/** Those that are written into the TFTP root too, for servers other than ours. menu.lst is made only when it is asked for. */
export const storedFormats = ['pxelinux', 'ipxe', 'grub'] as const satisfies readonly MenuFormat[]

export type MenuLanguage = {
  readonly nameFor: (mac: Mac) => string
  /** Throws TEMPLATE_INVALID and BOOT_TEXT_INVALID. */
  readonly render: (menu: BootMenu) => string
  /** The built-in frame of a menu that is shown. */
  readonly template: (menu: Pick<BootMenu, 'pxelinuxUi'>) => string
}

export const menuLanguages: Readonly<Record<MenuFormat, MenuLanguage>> = {
  pxelinux: {nameFor: pxelinuxConfigName, render: renderPxelinux, template: pxelinuxTemplate},
  ipxe: {nameFor: ipxeScriptName, render: renderIpxe, template: () => IPXE_TEMPLATE},
  grub: {nameFor: grubConfigName, render: renderGrub, template: () => GRUB_TEMPLATE},
  'menu.lst': {nameFor: menuLstName, render: renderMenuLst, template: () => MENU_LST_TEMPLATE},
}
