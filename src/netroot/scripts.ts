// What is done to a tree, as texts for sh(1) that run in a room of their own (room.ts). Values come in the environment, secrets on stdin.
//
//   TREE    where the tree stands, or is to stand
//   LOWER   a tree that stays as it is, UPPER, WORK and LAYER_OPTIONS what overlayfs needs to lay TREE over it; empty: TREE is a folder of its own

/** TREE laid over LOWER. What is written to it goes to UPPER. */
const OVERLAY = `set -eu
umask 022
if [ -n "\${LOWER-}" ]; then mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$UPPER,workdir=$WORK$LAYER_OPTIONS" "$TREE"; fi
`

/**
 * TREE as programs in it expect it: devices, processes, name servers, and no services to be started (invoke-rc.d, "policy-rc.d").
 * All mounts are gone with the room. A resolv.conf that is a link leads into /run.
 */
const MOUNTS = `${OVERLAY}
mount -t proc proc "$TREE/proc"
mount --rbind /sys "$TREE/sys"
mount --rbind /dev "$TREE/dev"
mount -t tmpfs -o mode=755 tmpfs "$TREE/run"
mount -t tmpfs -o mode=1777 tmpfs "$TREE/tmp"
resolv=$TREE/etc/resolv.conf
made_resolv=
bound_resolv=
if [ -L "$resolv" ]; then
  target=$(readlink "$resolv")
  case "$target" in /*) target=$TREE$target ;; *) target=$TREE/etc/$target ;; esac
  case "$target" in */../*) target=$TREE/run/\${target#*/run/} ;; esac
  mkdir -p "\${target%/*}"
  cat /etc/resolv.conf >"$target" || true
else
  [ -e "$resolv" ] || made_resolv=yes
  touch "$resolv"
  if [ -s /etc/resolv.conf ]; then
    mount --bind /etc/resolv.conf "$resolv"
    bound_resolv=yes
  fi
fi
printf '#!/bin/sh\\nexit 101\\n' >"$TREE/usr/sbin/policy-rc.d"
chmod 755 "$TREE/usr/sbin/policy-rc.d"
release() {
  rm -f "$TREE/usr/sbin/policy-rc.d"
  [ -z "$bound_resolv" ] || umount "$resolv"
  [ -z "$made_resolv" ] || rm -f "$resolv"
}
inside() { chroot "$TREE" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive INITRD=No "$@"; }
`

/** A part of the scripts that takes a while, told as a step of its own. */
export const INITRAMFS_TITLE = 'make the initramfs'

/** What every build ends with. apt's cache is a mount of ours while packages are fetched. */
const FINISH = `
inside apt-get clean
rm -rf "$TREE"/var/lib/apt/lists/* "$TREE"/var/cache/apt/*.bin "$TREE"/var/cache/debconf/*-old "$TREE"/var/lib/dpkg/*-old
find "$TREE/var/log" -type f -exec truncate -s 0 {} +
echo 'PXECTL-STEP ${INITRAMFS_TITLE}'
version=$(ls "$TREE/lib/modules" | sort -V | tail -n 1)
[ -n "$version" ] || { echo "no kernel was installed: there is nothing in /lib/modules" >&2; exit 1; }
rm -f "$TREE"/boot/initrd.img-*
inside update-initramfs -c -k "$version"
release
for path in $REMOVED; do rm -f "$TREE/$path"; done
for path in $EMPTIED; do : >"$TREE/$path"; done
mkdir -p "$OUT"
cp "$TREE/boot/vmlinuz-$version" "$OUT/vmlinuz" 2>/dev/null || cp "$TREE/boot/vmlinux-$version" "$OUT/vmlinuz"
cp "$TREE/boot/initrd.img-$version" "$OUT/initrd.img"
chmod 644 "$OUT/vmlinuz" "$OUT/initrd.img"
echo "PXECTL-KERNEL $version"
echo "PXECTL-SIZE $(du -s --block-size=1 --one-file-system "$TREE" | cut -f 1)"
`

/** Files of ours, kept in FILES, with the modes that they have there; what a folder of the tree is stays. */
const FILES = `
echo 'PXECTL writing its files'
tar -C "$FILES" --owner=0 --group=0 -cf - . | tar -C "$TREE" --no-overwrite-dir --keep-directory-symlink -xpf -
`

/** Programs of the user's own, each with the tree as its argument. */
const HOOKS = `
if [ -n "\${HOOKS-}" ]; then
  for hook in "$HOOKS"/*; do
    if [ -f "$hook" ] && [ -x "$hook" ]; then
      echo "PXECTL hook \${hook##*/}"
      "$hook" "$TREE" </dev/null || { echo "PXECTL-HOOK-FAILED \${hook##*/} $?"; exit 1; }
    fi
  done
fi
`

/** A tree of packages becomes a root: the user, locale and time zone, files, initramfs. The first line of stdin is the password's hash, or empty. */
export const CUSTOMISE = `${MOUNTS}
IFS= read -r hash || hash=
echo "PXECTL making the user $LOGIN"
inside id -u "$LOGIN" >/dev/null 2>&1 || inside useradd --create-home --shell /bin/bash "$LOGIN"
inside usermod --append --groups sudo "$LOGIN"
if [ -n "$hash" ]; then
  printf '%s:%s\\n' "$LOGIN" "$hash" | chroot "$TREE" chpasswd -e
else
  printf '%s ALL=(ALL:ALL) NOPASSWD: ALL\\n' "$LOGIN" >"$TREE/etc/sudoers.d/pxectl"
  chmod 440 "$TREE/etc/sudoers.d/pxectl"
fi
if [ -n "\${KEYS-}" ]; then
  home=$(inside getent passwd "$LOGIN" | cut -d : -f 6)
  mkdir -p "$TREE$home/.ssh"
  cat "$KEYS" >"$TREE$home/.ssh/authorized_keys"
  chmod 700 "$TREE$home/.ssh"
  chmod 600 "$TREE$home/.ssh/authorized_keys"
  inside chown -R "$LOGIN:" "$home/.ssh"
fi
printf 'LANG=%s\\n' "$LOCALE" >"$TREE/etc/default/locale"
if [ -e "$TREE/usr/sbin/locale-gen" ]; then
  printf '%s %s\\n' "$LOCALE" "\${LOCALE#*.}" >>"$TREE/etc/locale.gen"
  inside locale-gen
fi
if [ ! -e "$TREE/usr/share/zoneinfo/$ZONE" ]; then echo "the packages of this root know no time zone $ZONE" >&2; exit 1; fi
ln -sf "/usr/share/zoneinfo/$ZONE" "$TREE/etc/localtime"
printf '%s\\n' "$ZONE" >"$TREE/etc/timezone"
${FILES}${HOOKS}${FINISH}`

/** Packages that a template does not have. */
export const INSTALL = `${MOUNTS}
mkdir -p "$TREE/var/cache/apt/archives/partial"
mount --bind "$ARCHIVES" "$TREE/var/cache/apt/archives"
inside apt-get -q -y update -o APT::Update::Error-Mode=any
inside apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Options::=--force-confold install $PACKAGES
umount "$TREE/var/cache/apt/archives"
release
`

/** Newer packages of the suite, then all that a build ends with. */
export const UPGRADE = `${MOUNTS}
mkdir -p "$TREE/var/cache/apt/archives/partial"
mount --bind "$ARCHIVES" "$TREE/var/cache/apt/archives"
inside apt-get -q -y update -o APT::Update::Error-Mode=any
inside apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Options::=--force-confold dist-upgrade
inside apt-get -q -y autoremove --purge
umount "$TREE/var/cache/apt/archives"
${FILES}${FINISH}`

/** A tree that somebody changed by hand. */
export const FINISHED = `${MOUNTS}${FILES}${FINISH}`

/** The tree as one file. Its initrd is fetched by itself, and what is mounted in a running system is empty here. */
export const PACK = `${OVERLAY}
out=$OUT/root.squashfs
rm -f "$out"
if command -v mksquashfs >/dev/null; then
  mksquashfs "$TREE" "$out" -comp zstd -Xcompression-level 9 -noappend -no-progress -quiet -wildcards -e 'boot/initrd.img-*'
else
  tar -C "$TREE" --one-file-system --xattrs --exclude='./boot/initrd.img-*' -cf - . | tar2sqfs -q -c zstd "$out"
fi
chmod 644 "$out"
`

/**
 * The squashfs goes into the initrd as a second archive, which must begin at a multiple of four bytes (the kernel's initramfs buffer
 * format). The tree has cpio(1), since its initramfs was made with it.
 */
export const APPEND = `
mount --bind "$OUT" "$TREE/mnt"
truncate -s %4 "$OUT/initrd.img"
echo root.squashfs | chroot "$TREE" sh -c 'cd /mnt && cpio --quiet -o -H newc' >>"$OUT/initrd.img"
mv "$OUT/root.squashfs" "$KEEP"
`

/** A full copy, sharing what the file system can share. */
export const COPY = `set -eu
cp -a --reflink=auto "$FROM/." "$TREE/"
`

/** A squashfs becomes a tree again. */
export const UNPACK = `set -eu
unsquashfs -quiet -no-progress -force -dest "$TREE" "$FROM"
`

/** Debian's older builder, where mmdebstrap is not installed. It knows one address; the other sources are added by us. */
export const DEBOOTSTRAP = `set -eu
umask 022
mkdir -p "$TREE/etc/dpkg/dpkg.cfg.d" "$TREE/var/cache/apt/archives"
printf '%s\\n' "$DPKG_OPTIONS" >"$TREE/etc/dpkg/dpkg.cfg.d/pxectl"
mount --bind "$ARCHIVES" "$TREE/var/cache/apt/archives"
debootstrap --variant=minbase --arch="$ARCH" --components="$COMPONENTS" "$SUITE" "$TREE" "$MIRROR" || {
  status=$?
  tail -n 20 "$TREE/debootstrap/debootstrap.log" >&2 2>/dev/null || true
  exit "$status"
}
umount "$TREE/var/cache/apt/archives"
printf '%s\\n' "$SOURCES" >"$TREE/etc/apt/sources.list"
`

/** A shell, or a program, in a tree. */
export const SHELL = `${MOUNTS}
trap release EXIT
status=0
chroot "$TREE" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="\${TERM-dumb}" "$@" || status=$?
exit "$status"
`

/** A root as one file; FORMAT is an option of tar, or empty. Both of its folders are seen as one only here. */
export const EXPORT = `set -eu
mount -t tmpfs tmpfs /mnt
mkdir /mnt/root /mnt/boot
mount --bind "$ROOT" /mnt/root
mount --bind "$BOOT" /mnt/boot
tar -C /mnt --numeric-owner --xattrs --acls $FORMAT -cf "$OUT" "$FIRST" root boot
`

/** Whatever is in FILE, no link of it is followed and nothing gets out of TREE (GNU tar). */
export const IMPORT = `set -eu
umask 022
tar -C "$TREE" --numeric-owner --xattrs --acls -xpf "$FILE"
`
