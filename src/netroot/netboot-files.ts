// What makes a tree of Debian's or Ubuntu's packages boot from the network, in every style alike: the kernel line of the boot menu says
// where the root is, so one tree can be served over NFS, as an image over HTTP, or inside its initrd. Values only; nothing is written here.
import {FSTAB, HOST_KEYS, HOST_KEYS_UNIT, READY, READY_UNIT, SYSTEM_CONF, ZRAM_CONF} from './host-units.js'
import {INITRAMFS_BOOT, INITRAMFS_CONF, INITRAMFS_FUNCTIONS, INITRAMFS_HOOK, INITRAMFS_HOST} from './initramfs-scripts.js'

/** A path is relative to the tree's top, without a slash at its start. Owner is root. */
export type TreeFile = {readonly path: string; readonly mode: number; readonly content: string}

/** A symbolic link at `path`. */
export type TreeLink = {readonly path: string; readonly target: string}

export type NetbootTree = {
  /** Beside the kernel, which depends on suite and architecture. */
  readonly packages: readonly string[]
  /** To be there before the initramfs is made; none of them is a file of a package. */
  readonly files: readonly TreeFile[]
  readonly links: readonly TreeLink[]
  /** Of the machine that built the tree, or that must be every host's own: to be removed when everything is installed, where they are. */
  readonly removed: readonly string[]
  /** To be there and empty at the end. systemd takes an empty machine-id as "to be made"; where it is missing it asks questions at the console. */
  readonly emptied: readonly string[]
}

const PACKAGES = [
  'initramfs-tools',
  'busybox',
  'klibc-utils',
  'zstd',
  'kmod',
  'udev',
  'systemd-sysv',
  'dbus',
  'iproute2',
  'openssh-server',
  'systemd-zram-generator',
]

const FILES: readonly TreeFile[] = [
  {path: 'etc/initramfs-tools/conf.d/pxectl', mode: 0o644, content: INITRAMFS_CONF},
  {path: 'etc/initramfs-tools/hooks/pxectl', mode: 0o755, content: INITRAMFS_HOOK},
  {path: 'etc/initramfs-tools/scripts/pxectl', mode: 0o644, content: INITRAMFS_BOOT},
  {path: 'etc/initramfs-tools/scripts/pxectl-functions', mode: 0o644, content: INITRAMFS_FUNCTIONS},
  {path: 'etc/initramfs-tools/scripts/init-bottom/pxectl-host', mode: 0o755, content: INITRAMFS_HOST},
  {path: 'etc/fstab', mode: 0o644, content: FSTAB},
  {path: 'etc/systemd/system.conf.d/pxectl.conf', mode: 0o644, content: SYSTEM_CONF},
  {path: 'etc/systemd/zram-generator.conf.d/pxectl.conf', mode: 0o644, content: ZRAM_CONF},
  {path: 'etc/systemd/system/pxectl-host-keys.service', mode: 0o644, content: HOST_KEYS_UNIT},
  {path: 'etc/systemd/system/pxectl-ready.service', mode: 0o644, content: READY_UNIT},
  {path: 'usr/lib/pxectl/host-keys', mode: 0o755, content: HOST_KEYS},
  {path: 'usr/lib/pxectl/ready', mode: 0o755, content: READY},
]

/** What `systemctl enable` and `mask` would make. Hosts of a shared root would all fetch package lists, into their memory; none has an LVM with ext4. */
const LINKS: readonly TreeLink[] = [
  ...['pxectl-host-keys', 'pxectl-ready'].map((unit) => ({
    path: `etc/systemd/system/multi-user.target.wants/${unit}.service`,
    target: `../${unit}.service`,
  })),
  {path: 'etc/systemd/system/multi-user.target.wants/systemd-networkd.service', target: '/lib/systemd/system/systemd-networkd.service'},
  ...['apt-daily.timer', 'apt-daily-upgrade.timer', 'e2scrub_all.timer', 'e2scrub_reap.service'].map((unit) => ({
    path: `etc/systemd/system/${unit}`,
    target: '/dev/null',
  })),
]

const HOST_KEY_FILES = ['dsa', 'ecdsa', 'ed25519', 'rsa'].flatMap((kind) => {
  const path = `etc/ssh/ssh_host_${kind}_key`
  return [path, `${path}.pub`]
})

/** The additions to a tree. Consoles need none: systemd puts a getty on tty1 and on every serial console= of the kernel line. */
export function netbootTree(): NetbootTree {
  return {
    packages: PACKAGES,
    files: FILES,
    links: LINKS,
    removed: [...HOST_KEY_FILES, 'etc/hostname', 'etc/resolv.conf', 'var/lib/dbus/machine-id', 'var/lib/systemd/random-seed'],
    emptied: ['etc/machine-id'],
  }
}
