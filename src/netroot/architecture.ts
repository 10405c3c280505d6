// Which architectures can be built here: a build runs programs of the root.
import {PxectlError} from '../errors.js'
import type {Exec} from '../system/exec.js'
import {findBytes} from '../system/files.js'

/** Those that a processor runs beside its own. */
const ALSO: Readonly<Record<string, readonly string[]>> = {amd64: ['i386'], arm64: ['armhf']}

/** Debian's word → that of QEMU, which is registered under it (binfmt_misc). */
const QEMU: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  arm64: 'aarch64',
  armhf: 'arm',
  i386: 'i386',
  ppc64el: 'ppc64le',
  riscv64: 'riscv64',
  s390x: 's390x',
}

/** Debian's word for this machine, e.g. amd64. */
export async function nativeArchitecture(exec: Exec): Promise<string> {
  const asked = await exec({file: 'dpkg', args: ['--print-architecture']})
  if (asked.exitCode === 0) return asked.stdout.trim()
  throw new PxectlError(`dpkg does not say what this machine is: ${asked.stderr.trim()}`, {code: 'ARCH_UNKNOWN', kind: 'environment'})
}

/** Throws ARCH_CANNOT_RUN. */
export async function requireArchitecture(arch: string, native: string): Promise<void> {
  if (arch === native || ALSO[native]?.includes(arch) === true) return
  const emulator = (await findBytes(`/proc/sys/fs/binfmt_misc/qemu-${QEMU[arch] ?? arch}`).catch(() => undefined))?.toString()
  if (emulator?.startsWith('enabled') === true) return
  throw new PxectlError(`programs for ${arch} cannot run here: this machine is ${native}, and no emulator is registered`, {
    code: 'ARCH_CANNOT_RUN',
    kind: 'environment',
    details: {arch, native},
    suggestions: ['apt-get install qemu-user-static binfmt-support', `leave --arch out for ${native}`],
  })
}
