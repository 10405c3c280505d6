// The languages of menus, by the names that people type.

export const menuFormats = ['pxelinux', 'ipxe', 'grub', 'menu.lst'] as const
export type MenuFormat = (typeof menuFormats)[number]
