// The root that a host is to boot: a PXE filesystem of the lab, or a folder below the TFTP root that somebody filled himself.
import {join, resolve} from 'node:path'
import type {BootContext} from '../boot/menu.js'
import type {BootRoot} from '../boot/root.js'
import {PxectlError} from '../errors.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {isRootName} from '../netroot/root-name.js'
import {fileExists} from '../system/files.js'
import {rootNotFound} from './root-lab.js'

/** Gives warnings: what is missing for the host to boot it. Throws ROOT_NOT_FOUND, ROOT_BROKEN or ROOT_INVALID. */
export async function checkRoot(lab: Lab, host: Host & {readonly root: string}, context: BootContext): Promise<string[]> {
  const known = context.roots.get(host.root)
  if (known !== undefined) return checkKnownRoot(lab, host, known)
  const problem = context.rootProblems?.get(host.root)
  if (problem !== undefined) throw rootBroken(host.root, problem)
  const {tftpRoot} = lab.settings.lab
  const kernel = join(rootFolder(host.root, tftpRoot), 'vmlinuz')
  if (await fileExists(kernel)) return []
  // A lab that has none keeps its roots in folders of its own making, which may be filled later.
  if (isRootName(host.root) && context.roots.size > 0) throw rootNotFound(host.root, [...context.roots.keys()])
  return [`${host.name} cannot boot yet: there is no kernel ${kernel}`]
}

async function checkKnownRoot(lab: Lab, host: Host, root: BootRoot): Promise<string[]> {
  const {tftpRoot} = lab.settings.lab
  const files = [root.kernel, root.initrd, ...(root.style === 'squashfs' ? [root.squashfs] : [])].map((file) => join(tftpRoot, file))
  if (root.style === 'nfs' || root.style === 'nfs-overlay') files.push(root.tree)
  const warnings: string[] = []
  for (const file of files) if (!(await fileExists(file))) warnings.push(`${host.name} cannot boot yet: there is no ${file}`)
  const others = root.style === 'nfs' ? (await lab.store.list()).filter((other) => other.root === root.name && !isSame(other, host)) : []
  if (others.length > 0) {
    const names = others.map(({name}) => name).join(', ')
    warnings.push(
      `${root.name} is the root of ${names} too, and with the style nfs both write into it; run one of them at a time, or make it with --style nfs-overlay`,
    )
  }
  return warnings
}

/** Its name may be what changes. */
function isSame(a: Host, b: Host): boolean {
  return a.name === b.name || a.mac === b.mac || a.createdAt === b.createdAt
}

/** The folder of a diskless root. It lies below the TFTP root, because kernel and initrd are fetched from it. */
function rootFolder(root: string, tftpRoot: string): string {
  const folder = resolve(tftpRoot, root)
  if (folder.startsWith(`${tftpRoot}/`) && !/[\s\p{Cc}]/u.test(root)) return folder
  throw new PxectlError(`"${root}" is neither a PXE filesystem nor a folder below the TFTP root ${tftpRoot}`, {
    code: 'ROOT_INVALID',
    kind: 'usage',
    details: {root, tftpRoot},
    suggestions: [
      'see the PXE filesystems: pxectl fs list',
      'write a folder relative to the TFTP root and without spaces, for example --root root_tk2',
    ],
  })
}

function rootBroken(name: string, problem: string): PxectlError {
  return new PxectlError(`the PXE filesystem ${name} cannot be used: ${problem}`, {
    code: 'ROOT_BROKEN',
    kind: 'invalidData',
    details: {root: name},
    suggestions: [`make it again: pxectl fs remove ${name}, then pxectl fs create ${name}`],
  })
}
