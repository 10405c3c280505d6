// iPXE as Debian 13 has it (1.21.1+git20250501): younger than the installed one, and the first in Debian to ask for autoexec.ipxe.
import {existsSync} from 'node:fs'
import {copyFile, mkdir, mkdtemp, rename, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {CACHE} from './assets.js'
import {downloadPackages} from './debian-suite.js'
import {mustRun} from './programs.js'

/** Puts its loaders for UEFI into the TFTP root. */
export async function installNewIpxe(tftpRoot: string): Promise<void> {
  const folder = join(CACHE, 'ipxe-trixie')
  if (!existsSync(folder)) await unpack(folder)
  for (const name of ['ipxe.efi', 'snponly.efi']) await copyFile(join(folder, 'usr/lib/ipxe', name), join(tftpRoot, name))
}

async function unpack(target: string): Promise<void> {
  console.log('downloading iPXE of Debian trixie')
  await mkdir(CACHE, {recursive: true})
  const folder = await mkdtemp(`${target}-`)
  try {
    for (const archive of await downloadPackages({suite: 'trixie', name: 'ipxe'}, join(folder, 'apt')))
      await mustRun(['dpkg-deb', '-x', archive, folder])
    await rm(join(folder, 'apt'), {recursive: true})
    await rename(folder, target)
  } catch (error) {
    await rm(folder, {recursive: true, force: true})
    throw error
  }
}
