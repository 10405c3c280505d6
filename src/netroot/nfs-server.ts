// The NFS server of this machine: is there one, and does it know of our exports.
import {release} from 'node:os'
import {PxectlError} from '../errors.js'
import type {Exec} from '../system/exec.js'
import {findBytes} from '../system/files.js'

/** exportfs(8) reads this folder and /etc/exports. */
export const EXPORTS_FILE = '/etc/exports.d/pxectl.exports'

/** Why this machine cannot serve over NFS, or undefined. */
export async function findServerProblem(exec: Exec): Promise<PxectlError | undefined> {
  if (!(await hasNfsd())) {
    return new PxectlError(`the kernel of this machine (${release()}) has no NFS server`, {
      code: 'NFSD_MISSING',
      kind: 'environment',
      suggestions: [
        'run the lab on a kernel with nfsd, as distributions have it',
        'or make roots that need no NFS: pxectl fs create NAME --style squashfs',
        'or have a server of your own, such as nfs-ganesha, export what `pxectl fs share --dry-run` lists: pxectl config set fs.exports none',
      ],
    })
  }
  const found = await exec({file: 'exportfs', args: ['-s']}).catch((error: unknown) => error)
  if (!(found instanceof PxectlError)) return undefined
  return new PxectlError('there is no NFS server on this machine: the program exportfs is missing', {
    code: 'PROGRAM_MISSING',
    kind: 'environment',
    details: {program: 'exportfs'},
    suggestions: ['apt-get install nfs-kernel-server', 'or make roots that need no NFS: pxectl fs create NAME --style squashfs'],
    cause: found,
  })
}

/** Throws EXPORTFS_FAILED with its own words. */
export async function readExportsAnew(exec: Exec): Promise<void> {
  const finished = await exec({file: 'exportfs', args: ['-ra']})
  if (finished.exitCode === 0) return
  throw new PxectlError(`exportfs refused the exports: ${finished.stderr.trim() || `it ended with status ${finished.exitCode}`}`, {
    code: 'EXPORTFS_FAILED',
    kind: 'external',
    details: {exitCode: finished.exitCode, stderr: finished.stderr},
    suggestions: ['is the server running? systemctl status nfs-server', 'see what it was given: pxectl fs share --dry-run'],
  })
}

/** It is there, or a module that is loaded when the server starts. */
async function hasNfsd(): Promise<boolean> {
  if (/\bnfsd$/m.test(await textOf('/proc/filesystems'))) return true
  const modules = `/lib/modules/${release()}`
  return /\/nfsd\.ko/.test(`${await textOf(`${modules}/modules.dep`)}${await textOf(`${modules}/modules.builtin`)}`)
}

async function textOf(path: string): Promise<string> {
  return (await findBytes(path))?.toString('utf8') ?? ''
}
