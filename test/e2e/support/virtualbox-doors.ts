// What the VirtualBox back end is opened with in these tests: the real VBoxManage, and files of this machine.
import {existsSync} from 'node:fs'
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import type {Exec} from '../../../src/system/exec.js'
import type {HypervisorDoors, VmFiles} from '../../../src/vm/doors.js'

export const localFiles: VmFiles = {
  exists: async (path) => existsSync(path),
  find: (path) => readFile(path, 'utf8').catch(() => undefined),
  write: (path, text, mode = 0o644) => writeFile(path, text, {mode}),
  makeFolder: async (path) => void (await mkdir(path, {recursive: true})),
  list: async (path) => (await readdir(path).catch(() => [])).sort(),
  remove: (path) => rm(path, {recursive: true, force: true}),
}

export function localDoors(exec: Exec, vmFolder: string): HypervisorDoors {
  return {
    where: 'this machine',
    isRemote: false,
    exec,
    files: localFiles,
    openSocket: async () => Promise.reject(new Error('nothing listens')),
    platform: 'linux',
    environment: {},
    vmFolder,
    isRoot: true,
    now: Date.now,
  }
}
