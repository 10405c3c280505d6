// Which files of an image's folder boot it. Pure: the caller lists the folder.
//
//   images/debian/vmlinuz       the kernel
//   images/debian/initrd.img    one initrd or more
//   images/debian/args          optional: arguments that this image always needs (the caller reads it)

/** What boots an image; paths are relative to the TFTP root. */
export type ImageFiles = {
  readonly kernel: string
  readonly initrds: readonly string[]
  readonly args?: string
}

/** As Debian, Fedora's and Debian's installers, Arch, and the kernel's own build name it; the first one found counts. */
const KERNEL_NAMES = ['vmlinuz', 'linux', 'kernel', 'bzImage']

/** The kernel and initrds among the names in `folder`, or undefined where there is no kernel. Several initrds load in name order. */
export function findLinuxImage(folder: string, names: readonly string[]): ImageFiles | undefined {
  const kernel = KERNEL_NAMES.find((name) => names.includes(name))
  if (kernel === undefined) return undefined
  const initrds = names.filter((name) => /^(?:initrd|initramfs)(?!.*\.(?:old|bak|sig|sha256)$)/.test(name)).toSorted()
  return {kernel: `${folder}/${kernel}`, initrds: initrds.map((name) => `${folder}/${name}`)}
}
