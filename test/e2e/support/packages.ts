// The Debian packages of the end-to-end tests. Missing ones are installed; no service is started by that.
import {existsSync} from 'node:fs'
import {chmod, rename, rm, writeFile} from 'node:fs/promises'
import {mustRun, run} from './programs.js'

const PACKAGES = [
  'atftp',
  'binutils',
  'busybox-static',
  'bzip2',
  'chromium',
  'curl',
  'debootstrap',
  'dnsmasq-base',
  'dosfstools',
  'fdisk',
  'fish',
  'gcc',
  'gdisk',
  'genisoimage',
  'grub-common',
  'grub-efi-amd64-bin',
  'grub-pc-bin',
  'iproute2',
  'iputils-ping',
  'ipxe',
  'ipxe-qemu',
  'isc-dhcp-client',
  'isc-dhcp-server',
  'isolinux',
  'kea-dhcp4-server',
  'libc6-dev',
  'libvirt-clients',
  'man-db',
  'mandoc',
  'mmdebstrap',
  'mtools',
  'nfs-common',
  'nfs-ganesha',
  'nfs-ganesha-vfs',
  'openssh-client',
  'openssh-server',
  'openssl',
  'ovmf',
  'parted',
  'postgresql',
  'pxelinux',
  'python3',
  'qemu-efi-aarch64',
  'qemu-system-arm',
  'qemu-system-x86',
  'radvd',
  'socat',
  'rpcbind',
  'squashfs-tools',
  'syslinux-common',
  'systemd',
  'systemd-container',
  'tftp-hpa',
  'udhcpc',
  'uidmap',
  'virt-v2v',
  'xorriso',
  'xz-utils',
  'zsh',
  'zstd',
]

/** Asked by the maintainer scripts before they start a service; 101 forbids it (invoke-rc.d, "policy-rc.d"). */
const POLICY = '/usr/sbin/policy-rc.d'

export async function installPackages(): Promise<void> {
  const missing = await missingPackages()
  if (missing.length === 0) return
  console.log(`installing ${missing.join(' ')}`)
  const env = {DEBIAN_FRONTEND: 'noninteractive'}
  await mustRun(['apt-get', '-o', 'DPkg::Lock::Timeout=300', 'update'], {env, timeoutMs: 600_000})
  await withoutServices(() =>
    mustRun(['apt-get', '-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', ...missing], {
      env,
      timeoutMs: 900_000,
    }),
  )
  const still = await missingPackages()
  if (still.length > 0) throw new Error(`these packages could not be installed: ${still.join(' ')}`)
}

async function missingPackages(): Promise<string[]> {
  const {stdout} = await run(['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\\n', ...PACKAGES])
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return PACKAGES.filter((name) => !installed.has(name))
}

/** Runs `work` while no package may start its service; a policy that was there before is put back. */
async function withoutServices<T>(work: () => Promise<T>): Promise<T> {
  const aside = `${POLICY}.pxectl-e2e`
  const had = existsSync(POLICY)
  if (had) await rename(POLICY, aside)
  try {
    await writeFile(POLICY, '#!/bin/sh\nexit 101\n')
    await chmod(POLICY, 0o755)
    return await work()
  } finally {
    await rm(POLICY, {force: true})
    if (had) await rename(aside, POLICY)
  }
}
