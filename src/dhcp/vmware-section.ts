// The part of a vmnet dhcpd.conf that VMware's Network Editor (and `--configure`) writes anew, dropping what others added to it:
//
//   ###### VMNET DHCP Configuration. Start of "DO NOT MODIFY SECTION" #####
//   …
//   ####### VMNET DHCP Configuration. End of "DO NOT MODIFY SECTION" #######
//
// Windows' vmnetdhcp.conf, one file for all vmnets, has no such lines.
import {spanOf, type Tree} from '../dhcpd-conf/tree.js'

export type Section = {readonly start: number; readonly end: number}

export function findSection(bytes: Buffer): Section | undefined {
  const start = bytes.indexOf('Start of "DO NOT MODIFY SECTION"')
  const end = bytes.indexOf('End of "DO NOT MODIFY SECTION"', start)
  return start === -1 || end === -1 ? undefined : {start, end}
}

/** Does the statement stand in the section, or is it the host that VMware declares for its own adapter? */
export function isVmwares(tree: Tree, statement: number, name: string): boolean {
  const section = findSection(tree.bytes)
  const {start} = spanOf(tree, statement)
  return section === undefined ? isAdapterName(name) : start > section.start && start < section.end
}

/** VMware gives every host that it declares the name of the net, also when that name is taken. */
export function isAdapterName(name: string): boolean {
  return /^vmnet\d+$/i.test(name)
}
