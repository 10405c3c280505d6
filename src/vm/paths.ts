// Paths on the machine that runs the VMs, which may have another system than this one. Pure.
import {posix, win32} from 'node:path'

/** Joins as the machine does that the folder is on: one of Windows has backslashes. */
export function joinOn(folder: string, ...names: readonly string[]): string {
  return moduleFor(folder).join(folder, ...names)
}

export function dirnameOn(path: string): string {
  return moduleFor(path).dirname(path)
}

export function basenameOn(path: string): string {
  return moduleFor(path).basename(path)
}

function moduleFor(path: string): typeof posix {
  return path.includes('\\') ? win32 : posix
}
