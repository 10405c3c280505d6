// A PXE filesystem as a menu sees it: where its kernel and initrd are, and how the initramfs gets at the rest.

/** Paths of files are relative to the TFTP root, with forward slashes. */
export type BootRoot = {readonly name: string; readonly kernel: string; readonly initrd: string} & RootSource

export type RootSource =
  /** A tree that one machine mounts and writes to, or that many mount below an overlay; `tree` is its absolute path on the server. */
  | {readonly style: 'nfs' | 'nfs-overlay'; readonly tree: string}
  /** A file that is fetched by HTTP. `sha256`, hexadecimal, is compared before it is mounted. */
  | {readonly style: 'squashfs'; readonly squashfs: string; readonly sha256: string | undefined}
  /** `image`: where the same file lies in the initramfs. */
  | {readonly style: 'ramdisk'; readonly image: string}
