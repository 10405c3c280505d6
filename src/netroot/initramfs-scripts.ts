// What a netboot root adds to its initramfs: texts for initramfs-tools (its manual page, "BOOT SCRIPTS" and "HOOKS"), in the sh of busybox.

/** Settings of mkinitramfs: only what the hook names, packed so that it is small and quick to unpack. */
export const INITRAMFS_CONF = `# Written by pxectl: this root boots from the network.
MODULES=list
BUSYBOX=y
COMPRESS=zstd
`

/**
 * Drivers and file systems of the initramfs. They are there to be found by udev and mount, not loaded on every machine; one that
 * this kernel does not have is passed over. af_packet is what the DHCP client there sends through.
 */
export const INITRAMFS_HOOK = `#!/bin/sh
# Written by pxectl: what this root needs to be reached over the network.
case "$1" in
prereqs) exit 0 ;;
esac
. /usr/share/initramfs-tools/hook-functions

manual_add_modules overlay squashfs loop nfs nfsv3 af_packet
# Virtual machines: QEMU, VirtualBox, VMware, Hyper-V, Xen.
manual_add_modules virtio_pci virtio_net e1000 e1000e pcnet32 vmxnet3 hv_netvsc xen-netfront 8139cp 8139too ne2k-pci
# Machines.
manual_add_modules igb igc ixgbe i40e ice e100 tg3 bnx2 r8169 sky2 forcedeth atlantic alx atl1c be2net mlx4_en
# A keyboard for the shell of a boot that failed.
manual_add_modules xhci_pci ehci_pci uhci_hcd usbhid hid_generic
`

/** Beside the scripts below: what the kernel line says. */
export const INITRAMFS_FUNCTIONS = `# Written by pxectl, sourced by its boot scripts.

# The value of NAME= on the kernel line; of several the last, as the kernel has it.
pxectl_option()
{
	pxectl_value=
	for pxectl_word in $(cat /proc/cmdline); do
		case "$pxectl_word" in
		"$1="*) pxectl_value=\${pxectl_word#*=} ;;
		esac
	done
	echo "$pxectl_value"
}
`

/**
 * The boot script of shared roots, sourced by init for boot=pxectl. An image is asked for again and again because at power-on switches learn and many
 * machines ask at once; what is there already is not fetched twice. The image has a tmpfs of its own: /run may hold 10 % of the memory.
 */
export const INITRAMFS_BOOT = `# Written by pxectl: a root that many hosts share, and none writes to. What a host writes stays in its memory.
#
#   pxectl.root=nfs                      the file system that nfsroot= names
#   pxectl.root=http://SERVER/FILE       a squashfs image, fetched into memory
#   pxectl.root=/FILE                    a squashfs image in this initramfs
#   pxectl.sha256=HEX                    what the image must be
#   pxectl.overlay=tmpfs:SIZE            room for what is written: bytes with k, m or g, or a part of the memory (50%)
. /scripts/pxectl-functions

pxectl_fail()
{
	panic "pxectl: $*"
}

# In a shell of its own, which ends where no server answers; the boot goes on to say what is missing.
pxectl_network()
{
	modprobe af_packet
	wait_for_udev 10
	(configure_networking)
}

# Is the image what the kernel line promised?
pxectl_check()
{
	wanted=$(pxectl_option pxectl.sha256)
	[ -n "$wanted" ] || return 0
	found=$(sha256sum "$1" | cut -d ' ' -f 1)
	[ "$found" = "$wanted" ] && return 0
	log_warning_msg "its SHA-256 is $found, not $wanted"
	return 1
}

# Ten times, and as often as there is more of it than before. busybox's wget knows no time limit, and waits for ever for a server that was restarted.
pxectl_fetch()
{
	attempt=1 had=0
	while [ $attempt -le 10 ]; do
		log_begin_msg "Fetching $1"
		if timeout 120 wget -q -c -O "$2" "$1"; then
			pxectl_check "$2" && log_end_msg && return 0
			rm -f "$2"
		fi
		have=$(cat "$2" 2>/dev/null | wc -c)
		[ "$have" -gt "$had" ] || attempt=$((attempt + 1))
		had=$have
		sleep 3
	done
	free=$(df -k "\${2%/*}" | tail -n 1 | awk '{print $4}')
	pxectl_fail "cannot fetch $1. Is the server running, and is the file there? Memory left for it: $free KiB"
}

pxectl_mount_image()
{
	modprobe loop
	mount -t squashfs -o ro,loop "$1" /run/pxectl/lower || pxectl_fail "cannot mount $1: is it a squashfs image?"
}

pxectl_mount_nfs()
{
	readonly=y
	nfs_mount_root
	grep -q " $rootmnt nfs" /proc/mounts || pxectl_fail "cannot mount $NFSROOT: is it exported to this host?"
	mount -o move "$rootmnt" /run/pxectl/lower
}

pxectl_mount_overlay()
{
	size=$(pxectl_option pxectl.overlay)
	size=\${size#tmpfs:}
	writes=/run/pxectl/writes
	mount -t tmpfs -o "mode=0755,size=\${size:-50%}" pxectl-writes $writes || pxectl_fail "pxectl.overlay=$size is not a size"
	mkdir $writes/upper $writes/work
	mount -t overlay -o "lowerdir=/run/pxectl/lower,upperdir=$writes/upper,workdir=$writes/work" pxectl-root "$rootmnt" ||
		pxectl_fail "cannot put an overlay over the root"
}

mountroot()
{
	mkdir -p /run/pxectl/lower /run/pxectl/image /run/pxectl/writes
	source=$(pxectl_option pxectl.root)
	case "$source" in
	nfs)
		pxectl_mount_nfs
		;;
	http://*)
		pxectl_network
		mount -t tmpfs -o mode=0700,size=90% pxectl-image /run/pxectl/image
		pxectl_fetch "$source" /run/pxectl/image/root.squashfs
		pxectl_mount_image /run/pxectl/image/root.squashfs
		;;
	/*)
		pxectl_network
		[ -e "$source" ] || pxectl_fail "there is no $source in this initramfs"
		pxectl_check "$source" || pxectl_fail "$source is not the image that the boot menu means"
		pxectl_mount_image "$source"
		;;
	*)
		pxectl_fail "pxectl.root=$source on the kernel line: expected nfs, http://SERVER/FILE or /FILE"
		;;
	esac
	pxectl_mount_overlay
}

mount_top()
{
	nfs_top
}

mount_premount()
{
	nfs_premount
}

mount_bottom()
{
	nfs_bottom
}
`

/**
 * What makes a shared root this host's, before its init runs: name, domain and DNS as ipconfig got them by DHCP (klibc leaves them in
 * /run/net-DEVICE.conf), a machine-id that stays the same at each boot, and the files of its own, if it has a place for them.
 * systemd-networkd gets the boot interface with KeepConfiguration=yes: it renews the lease, and never takes the address away from under an NFS root.
 */
export const INITRAMFS_HOST = `#!/bin/sh
# Written by pxectl: makes the root this host's.
#
#   pxectl.state=SERVER:/PATH            an NFS directory of this host's own, at /state; what lies in its files/ is copied over the root
case "$1" in
prereqs) exit 0 ;;
esac
. /scripts/functions
. /scripts/pxectl-functions

case "$BOOT" in
nfs | pxectl) ;;
*) exit 0 ;;
esac
# Exported read-only and mounted without an overlay: nothing can be made its own.
touch "$rootmnt/etc/hostname" 2>/dev/null || exit 0

unset DEVICE HOSTNAME DNSDOMAIN IPV4DNS0 IPV4DNS1
for conf in /run/net-*.conf; do
	[ -e "$conf" ] && . "$conf" && break
done
mac=$(cat "/sys/class/net/$DEVICE/address" 2>/dev/null)

domain=$DNSDOMAIN
case "$HOSTNAME" in
*.*) domain=\${domain:-\${HOSTNAME#*.}} ;;
esac
name=\${HOSTNAME%%.*}
case "$name" in
'' | *[!A-Za-z0-9-]*) name=host-$(echo "$mac" | tr -d :) ;;
esac
case "$domain" in
*[!A-Za-z0-9.-]*) domain= ;;
esac

echo "$name" >"$rootmnt/etc/hostname"
hosts=$(grep -v '^127[.]0[.]1[.]1' "$rootmnt/etc/hosts" 2>/dev/null)
{
	echo "\${hosts:-127.0.0.1 localhost}"
	echo "127.0.1.1 $name\${domain:+.$domain $name}"
} >"$rootmnt/etc/hosts"

# May be a link to what a service of the root writes later; here it is DHCP's answer.
rm -f "$rootmnt/etc/resolv.conf"
{
	[ -z "$domain" ] || echo "search $domain"
	for server in $IPV4DNS0 $IPV4DNS1; do
		[ "$server" = 0.0.0.0 ] || echo "nameserver $server"
	done
} >"$rootmnt/etc/resolv.conf"

if [ -n "$mac" ]; then
	case "$(cat "$rootmnt/etc/machine-id" 2>/dev/null)" in
	'' | uninitialized) echo "pxectl $mac" | sha256sum | cut -c 1-32 >"$rootmnt/etc/machine-id" ;;
	esac
	mkdir -p /run/systemd/network
	cat >/run/systemd/network/10-pxectl-boot.network <<END
[Match]
MACAddress=$mac
Type=ether

[Network]
DHCP=ipv4
KeepConfiguration=yes

[DHCPv4]
ClientIdentifier=mac
UseHostname=no
END
fi

state=$(pxectl_option pxectl.state)
if [ -n "$state" ]; then
	mkdir -p "$rootmnt/state"
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		nfsmount -o nolock,rw,vers=3,tcp "$state" "$rootmnt/state" && break
		sleep 3
	done
	grep -q " $rootmnt/state nfs" /proc/mounts || panic "pxectl: cannot mount $state, where this host keeps its files: is it exported to it?"
	[ ! -d "$rootmnt/state/files" ] || cp -a "$rootmnt/state/files/." "$rootmnt/"
fi
`
