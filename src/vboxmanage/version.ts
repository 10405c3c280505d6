// VirtualBox's version, as `VBoxManage --version` prints it.
import {PxectlError} from '../errors.js'

/** `build` is the whole text, e.g. 7.2.22_Debianr175245 or 7.0.20r163906. */
export type VboxVersion = {readonly major: number; readonly minor: number; readonly build: string}

/**
 * Parses what `--version` printed; undefined where there is no version in it. The wrappers of Debian and Oracle print a
 * warning before it while the kernel module is not there, also on stdout and with exit status 0 (seen with 7.2.22).
 */
export function findVersion(stdout: string): VboxVersion | undefined {
  const line = stdout
    .split(/\r?\n/)
    .reverse()
    .find((text) => /^\d+\.\d+\.\d+/.test(text))
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(line ?? '') ?? []
  return line === undefined ? undefined : {major: Number(major), minor: Number(minor), build: line.trim()}
}

/** Is it this version or a later one? */
export function isAtLeast({major, minor}: VboxVersion, wanted: readonly [major: number, minor: number]): boolean {
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1])
}

/** Throws VIRTUALBOX_OLD for a version before the wanted one. */
export function refuseOlder(version: VboxVersion, wanted: readonly [major: number, minor: number]): void {
  if (isAtLeast(version, wanted)) return
  throw new PxectlError(`VirtualBox ${version.build} is too old: pxectl needs ${wanted.join('.')} or newer`, {
    code: 'VIRTUALBOX_OLD',
    kind: 'environment',
    details: {version: version.build, needed: wanted.join('.')},
    suggestions: ['install a newer VirtualBox: https://www.virtualbox.org/wiki/Downloads'],
  })
}
