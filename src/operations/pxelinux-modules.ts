// The modules of PXELINUX in the TFTP root: which of them shows menus, and whether they fit the loader.
//
// Modules of Syslinux 5 and later are ELF files, those before it COM32 files with a beginning of their own. A loader of one age
// refuses modules of the other ("not a COM32R image"), and a mixture is what updating one package alone leaves behind.
import {join} from 'node:path'
import type {ImageBoot} from '../boot/image.js'
import {findSyslinuxAge, type SyslinuxAge} from '../boot/loaders.js'
import {findBytes, listFolder} from '../system/files.js'

const MENU_MODULES = ['menu.c32', 'vesamenu.c32'] as const

/** What a menu module of Syslinux 5 and later loads by itself. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'menu.c32': ['libutil.c32'],
  'vesamenu.c32': ['libutil.c32', 'libcom32.c32'],
}

/** The text menu before the graphical one: it shows on serial lines too. undefined: a prompt has to do. */
export async function findPxelinuxUi(tftpRoot: string): Promise<string | undefined> {
  const loader = await ageOf(tftpRoot, 'pxelinux.0')
  if (loader === undefined) return undefined
  for (const name of MENU_MODULES) {
    if ((await ageOf(tftpRoot, name)) !== loader) continue
    const libraries = loader === 'elf' ? (LIBRARIES[name] ?? []) : []
    const ages = await Promise.all(libraries.map((library) => ageOf(tftpRoot, library)))
    if (ages.every((age) => age === loader)) return name
  }
  return undefined
}

/** One sentence for all modules that the lab's pxelinux.0 cannot load, or none. */
export async function findMixedModules(tftpRoot: string): Promise<string[]> {
  const loaderAge = await ageOf(tftpRoot, 'pxelinux.0')
  if (loaderAge === undefined) return []
  const names = (await listFolder(tftpRoot)).filter((name) => name.endsWith('.c32'))
  const ages = await Promise.all(names.map((name) => ageOf(tftpRoot, name)))
  const wrong = names.filter((_, index) => ages[index] !== undefined && ages[index] !== loaderAge)
  if (wrong.length === 0) return []
  const [is, are] = loaderAge === 'elf' ? ['5 or later', 'older'] : ['4 or older', 'newer']
  return [
    `pxelinux.0 is of Syslinux ${is} and cannot load modules of a release that is ${are}: ${wrong.join(', ')}; take all of them from one package`,
  ]
}

/**
 * The image with an mboot.c32 that the lab's pxelinux.0 can load. A Multiboot kernel may as well be started by the lab's own; ESXi needs
 * VMware's, so that there is nothing but to say it.
 */
export async function fitMboot(tftpRoot: string, boot: ImageBoot): Promise<{boot: ImageBoot; problem?: string}> {
  const path = boot.kind === 'multiboot' ? boot.mboot : boot.kind === 'esxi' ? boot.bios : undefined
  if (path === undefined) return {boot}
  const [loader, module] = await Promise.all([ageOf(tftpRoot, 'pxelinux.0'), ageOf(tftpRoot, path)])
  if (loader === undefined || module === undefined || loader === module) return {boot}
  if (boot.kind === 'multiboot') return {boot: {kind: boot.kind, kernel: boot.kernel, args: boot.args, modules: boot.modules}}
  return {
    boot,
    problem: `${path} and pxelinux.0 are of releases of Syslinux that do not work together; on a BIOS it needs a pxelinux.0 of Syslinux 3.86`,
  }
}

async function ageOf(tftpRoot: string, name: string): Promise<SyslinuxAge | undefined> {
  const bytes = await findBytes(join(tftpRoot, name)).catch(() => undefined)
  return bytes === undefined ? undefined : findSyslinuxAge(name, bytes)
}
