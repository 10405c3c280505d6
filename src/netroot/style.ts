// How a machine without a disk gets its root.

/**
 * - `nfs`: the tree, mounted read-write; for one machine at a time.
 * - `nfs-overlay`: the tree, mounted read-only; what a machine writes is its own.
 * - `squashfs`: one file, fetched over HTTP into memory; what a machine writes is its own.
 * - `ramdisk`: the same file inside the initrd.
 */
export const rootStyles = ['nfs', 'nfs-overlay', 'squashfs', 'ramdisk'] as const
export type RootStyle = (typeof rootStyles)[number]

/** Is it a tree on the server's disk, which clients mount? */
export function isMounted(style: RootStyle): boolean {
  return style === 'nfs' || style === 'nfs-overlay'
}
