// The doors to hypervisors on this machine.
import {homedir} from 'node:os'
import {join} from 'node:path'
import {exec} from '../system/exec.js'
import {fileExists, findBytes, listFolder, makeFolder, removeTree, writeAtomic} from '../system/files.js'
import {isRoot} from '../system/privileges.js'
import {openTalk} from '../system/unix-socket.js'
import type {HypervisorDoors} from './doors.js'

export function openLocalDoors(environment: HypervisorDoors['environment'], platform: string = process.platform): HypervisorDoors {
  return {
    where: 'this machine',
    isRemote: false,
    exec,
    files: {
      exists: fileExists,
      find: async (path) => (await findBytes(path))?.toString('utf8'),
      write: (path, text, mode = 0o644) => writeAtomic(path, text, {mode, isExact: true}),
      makeFolder: (path) => makeFolder(path),
      list: listFolder,
      remove: removeTree,
    },
    openSocket: openTalk,
    reachSocket: async (path) => path,
    platform,
    environment,
    vmFolder: vmFolderOf({home: environment['HOME'] ?? homedir(), isRoot: isRoot(), environment}),
    isRoot: isRoot(),
    now: () => Date.now(),
  }
}

/** Where a user's VMs are kept: root's with the system's data, others' with their own (XDG Base Directory). `PXECTL_VM_FOLDER` is elsewhere. */
export function vmFolderOf(user: {
  readonly home: string
  readonly isRoot: boolean
  readonly environment: HypervisorDoors['environment']
}): string {
  const {PXECTL_VM_FOLDER: chosen, XDG_DATA_HOME: data} = user.environment
  if (chosen !== undefined && chosen.startsWith('/')) return chosen
  if (user.isRoot) return '/var/lib/pxectl/vms'
  return join(data !== undefined && data.startsWith('/') ? data : join(user.home, '.local/share'), 'pxectl/vms')
}
