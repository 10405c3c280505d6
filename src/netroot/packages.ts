// What every PXE filesystem has installed beside the packages that make it boot: a kernel, sudo, the time zones.
import {PxectlError} from '../errors.js'
import type {Distribution} from './sources.js'

/** The kernel that Debian's installer chooses. Its cloud kernel is smaller, but it has few drivers of real network cards. */
const DEBIAN_KERNELS: Readonly<Record<string, string>> = {
  amd64: 'linux-image-amd64',
  arm64: 'linux-image-arm64',
  armhf: 'linux-image-armmp',
  i386: 'linux-image-686-pae',
  ppc64el: 'linux-image-powerpc64le',
  riscv64: 'linux-image-riscv64',
  s390x: 'linux-image-s390x',
}
const UBUNTU_ARCHITECTURES = ['amd64', 'arm64', 'armhf', 'ppc64el', 'riscv64', 's390x']

/** The package that depends on the newest kernel. Throws ARCH_UNKNOWN. */
export function kernelPackage(system: Distribution, arch: string): string {
  const known = system === 'ubuntu' ? UBUNTU_ARCHITECTURES : Object.keys(DEBIAN_KERNELS)
  const kernel = system === 'ubuntu' ? 'linux-image-generic' : DEBIAN_KERNELS[arch]
  if (known.includes(arch) && kernel !== undefined) return kernel
  throw new PxectlError(`there is no kernel for the architecture "${arch}"`, {
    code: 'ARCH_UNKNOWN',
    kind: 'usage',
    details: {arch, known},
    suggestions: [`use one of ${known.join(', ')}`],
  })
}

export function basePackages(wanted: {
  readonly system: Distribution
  readonly arch: string
  readonly locale: string
  readonly netboot: readonly string[]
}): string[] {
  const locales = isBuiltIn(wanted.locale) ? [] : ['locales']
  return [kernelPackage(wanted.system, wanted.arch), 'sudo', 'tzdata', 'netbase', ...locales, ...wanted.netboot]
}

/** Is it a locale that libc has without any files? */
export function isBuiltIn(locale: string): boolean {
  return ['C', 'POSIX', 'C.UTF-8', 'C.utf8'].includes(locale)
}

/** Kept out of roots: what nobody reads on a machine without a disk. The licences stay. */
export const EXCLUDED = [
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/locale/*',
  'path-include=/usr/share/locale/locale.alias',
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
] as const
