// Linux media by what lies on them, and what each kernel must be told to find the rest over HTTP. A table.
//
// Paths are those of the medium. `*` in a kernel's name stands for the flavour (`lts`, `6.1.0-13-amd64`), and for the same text
// wherever else it is written. `{image-url}` in arguments is the address of the image's folder.

export type LinuxSignature = {
  /** What people read. */
  readonly system: string
  /** What the image's name begins with. */
  readonly slug: string
  /** The first of these that is there. */
  readonly kernels: readonly string[]
  /** The first of these that is there; it must be there. */
  readonly initrds: readonly string[]
  /** Loaded before the initrd, where they are there. */
  readonly early?: readonly string[]
  /** Files that tell this medium from others with the same kernel. */
  readonly marks: readonly string[]
  /** What else is fetched while it boots: files, folders, all of the medium (`.`), or the ISO image itself (`iso`), as image.iso. */
  readonly keeps: readonly string[]
  readonly args: string
  /** Where the version stands, as the first group. */
  readonly versions: readonly {readonly file: string; readonly pattern: RegExp}[]
  /** How a kickstart or preseed file is named to the installer. */
  readonly kickstart?: string
  readonly warning?: string
}

const DISK_INFO = {file: '.disk/info', pattern: /(\d+(?:\.\d+)+)/} as const
const TREE_INFO = {file: '.treeinfo', pattern: /^\s*version\s*=\s*([\w.]+)/m} as const

/** The order counts: what tells more comes first. */
export const linuxSignatures: readonly LinuxSignature[] = [
  {
    // casper(7): url= takes an ISO image. Without cloud-config-url, cloud-init would fetch the same url= as its configuration.
    system: 'Ubuntu',
    slug: 'ubuntu',
    kernels: ['casper/vmlinuz', 'casper/hwe-vmlinuz', 'casper/vmlinuz.efi'],
    initrds: ['casper/initrd', 'casper/initrd.gz', 'casper/initrd.lz', 'casper/hwe-initrd'],
    marks: [],
    keeps: ['iso'],
    args: 'boot=casper ip=dhcp netboot=url url={image-url}/image.iso cloud-config-url=/dev/null',
    versions: [DISK_INFO],
    warning: 'the client loads the whole ISO image into its memory: give it some gigabytes more than the image is large',
  },
  {
    // live-boot(7): fetch= loads the file system into memory.
    system: 'Debian live',
    slug: 'debian-live',
    kernels: ['live/vmlinuz', 'live/vmlinuz-*', 'live/vmlinuz1'],
    initrds: ['live/initrd.img', 'live/initrd.img-*', 'live/initrd', 'live/initrd1.img'],
    marks: ['live/filesystem.squashfs'],
    keeps: ['live/filesystem.squashfs'],
    args: 'boot=live components ip=dhcp fetch={image-url}/live/filesystem.squashfs',
    versions: [DISK_INFO],
  },
  {
    // mkinitcpio-archiso, README.bootparams: the address must end with a slash.
    system: 'Arch Linux',
    slug: 'archlinux',
    kernels: ['arch/boot/x86_64/vmlinuz-linux', 'arch/boot/x86_64/vmlinuz'],
    initrds: ['arch/boot/x86_64/initramfs-linux.img', 'arch/boot/x86_64/archiso.img'],
    early: ['arch/boot/intel-ucode.img', 'arch/boot/amd-ucode.img', 'arch/boot/intel_ucode.img', 'arch/boot/amd_ucode.img'],
    marks: [],
    keeps: ['arch/x86_64'],
    args: 'archisobasedir=arch archiso_http_srv={image-url}/ ip=dhcp',
    versions: [{file: 'arch/version', pattern: /([\d.]+)/}],
  },
  {
    system: 'SystemRescue',
    slug: 'systemrescue',
    kernels: ['sysresccd/boot/x86_64/vmlinuz'],
    initrds: ['sysresccd/boot/x86_64/sysresccd.img'],
    early: ['sysresccd/boot/intel_ucode.img', 'sysresccd/boot/amd_ucode.img'],
    marks: [],
    keeps: ['sysresccd/x86_64', 'sysrescue.d'],
    args: 'archisobasedir=sysresccd archiso_http_srv={image-url}/ ip=dhcp',
    versions: [{file: 'sysresccd/VERSION', pattern: /([\d.]+)/}],
  },
  {
    // initramfs-init of Alpine: a modloop and packages by URL.
    system: 'Alpine Linux',
    slug: 'alpine',
    kernels: ['boot/vmlinuz-*'],
    initrds: ['boot/initramfs-*'],
    marks: ['boot/modloop-*', 'apks'],
    keeps: ['boot/modloop-*', 'apks'],
    args: 'ip=dhcp modules=loop,squashfs modloop={image-url}/boot/modloop-* alpine_repo={image-url}/apks',
    versions: [{file: '.alpine-release', pattern: /(\d+(?:\.\d+)+)/}],
  },
  {
    system: 'Alpine Linux netboot',
    slug: 'alpine-netboot',
    kernels: ['boot/vmlinuz-*', 'vmlinuz-*'],
    initrds: ['boot/initramfs-*', 'initramfs-*'],
    marks: ['modloop-*'],
    keeps: ['modloop-*'],
    args: 'ip=dhcp modules=loop,squashfs modloop={image-url}/modloop-* alpine_repo=https://dl-cdn.alpinelinux.org/alpine/latest-stable/main',
    versions: [],
    warning: 'it installs packages of the newest Alpine from the Internet; for a version of your own: --boot-args "alpine_repo=URL"',
  },
  {
    // dracut.cmdline(7), livenet: root=live:URL. Before the installers, which have the same kernel and initrd.
    system: 'Fedora live',
    slug: 'fedora-live',
    kernels: ['images/pxeboot/vmlinuz', 'isolinux/vmlinuz', 'boot/x86_64/loader/linux'],
    initrds: ['images/pxeboot/initrd.img', 'isolinux/initrd.img', 'boot/x86_64/loader/initrd'],
    marks: ['LiveOS/squashfs.img'],
    keeps: ['LiveOS/squashfs.img'],
    args: 'root=live:{image-url}/LiveOS/squashfs.img rd.live.image rd.neednet=1 ip=dhcp',
    versions: [{file: '.discinfo', pattern: /^.*\n\D*(\d+)/}, DISK_INFO],
  },
  {
    // Anaconda boot options: a medium with packages is a repository, one without is the installer's second stage alone.
    system: 'Fedora or RHEL installer',
    slug: 'anaconda',
    kernels: ['images/pxeboot/vmlinuz'],
    initrds: ['images/pxeboot/initrd.img'],
    marks: ['images/install.img', 'Packages'],
    keeps: ['.'],
    args: 'inst.repo={image-url}/ ip=dhcp',
    versions: [TREE_INFO],
    kickstart: 'inst.ks=',
  },
  {
    system: 'Fedora or RHEL installer',
    slug: 'anaconda',
    kernels: ['images/pxeboot/vmlinuz'],
    initrds: ['images/pxeboot/initrd.img'],
    marks: ['images/install.img', 'BaseOS'],
    keeps: ['.'],
    args: 'inst.repo={image-url}/ ip=dhcp',
    versions: [TREE_INFO],
    kickstart: 'inst.ks=',
  },
  {
    system: 'Fedora or RHEL network installer',
    slug: 'anaconda-netinst',
    kernels: ['images/pxeboot/vmlinuz'],
    initrds: ['images/pxeboot/initrd.img'],
    marks: ['images/install.img'],
    keeps: ['images/install.img', '.treeinfo', '.discinfo'],
    args: 'inst.stage2={image-url}/ ip=dhcp',
    versions: [TREE_INFO],
    kickstart: 'inst.ks=',
  },
  {
    // linuxrc: install= names the tree.
    system: 'openSUSE or SLE installer',
    slug: 'suse',
    kernels: ['boot/x86_64/loader/linux'],
    initrds: ['boot/x86_64/loader/initrd'],
    marks: ['boot/x86_64/root'],
    keeps: ['.'],
    args: 'install={image-url}/ netsetup=dhcp',
    versions: [TREE_INFO, {file: 'media.1/products', pattern: /(\d+(?:\.\d+)*)/}],
    kickstart: 'autoyast=',
  },
  {
    system: 'Debian installer',
    slug: 'debian-installer',
    kernels: ['debian-installer/amd64/linux', 'debian-installer/arm64/linux', 'ubuntu-installer/amd64/linux'],
    initrds: ['debian-installer/amd64/initrd.gz', 'debian-installer/arm64/initrd.gz', 'ubuntu-installer/amd64/initrd.gz'],
    marks: [],
    keeps: [],
    args: '',
    versions: [{file: 'version.info', pattern: /version:\s*([\d.]+)/i}],
    kickstart: 'auto=true priority=critical url=',
  },
  {
    // mini.iso: the installer for the network, alone on a small medium.
    system: 'Debian installer',
    slug: 'debian-installer',
    kernels: ['linux'],
    initrds: ['initrd.gz'],
    marks: ['isolinux.cfg'],
    keeps: [],
    args: '',
    versions: [DISK_INFO],
    kickstart: 'auto=true priority=critical url=',
  },
  {
    system: 'Debian installer for discs',
    slug: 'debian-cd',
    kernels: ['install.amd/vmlinuz', 'install.a64/vmlinuz', 'install/vmlinuz'],
    initrds: ['install.amd/initrd.gz', 'install.a64/initrd.gz', 'install/initrd.gz'],
    marks: [],
    keeps: [],
    args: '',
    versions: [DISK_INFO],
    kickstart: 'auto=true priority=critical url=',
    warning:
      "the installer of this disc looks for the disc itself, which a netbooted machine does not have; Debian's netboot.tar.gz or mini.iso is the one for the network",
  },
]
