// What runs once in a netboot root when it boots: units of systemd and the scripts that they start, as texts.

/**
 * Host keys are made where there are none. A host with a place of its own keeps them there; any other has new ones at each boot, and so none
 * for RSA, which takes a slow machine minutes (3 of them in an emulated one); every ssh of the last ten years knows the others.
 */
export const HOST_KEYS = `#!/bin/sh
# Written by pxectl: ssh host keys of this host alone.
set -e
for kind in ed25519 ecdsa; do
	ssh-keygen -q -t $kind -N '' -f /etc/ssh/ssh_host_\${kind}_key
done
if mountpoint -q /state; then
	mkdir -p /state/files/etc/ssh
	cp -p /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub /state/files/etc/ssh/
fi
`

export const HOST_KEYS_UNIT = `[Unit]
Description=ssh host keys of this host
Before=ssh.service ssh.socket
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/lib/pxectl/host-keys

[Install]
WantedBy=multi-user.target
`

/** Written to every console that the kernel has: with several console= only the last one is /dev/console. */
export const READY = `#!/bin/sh
# Written by pxectl: says on the consoles that this host has booted.
for console in $(cat /sys/class/tty/console/active); do
	echo "pxectl: $(hostname) is up, address $(hostname -I)" >"/dev/$console" || true
done
`

export const READY_UNIT = `[Unit]
Description=The boot of this host is done
After=multi-user.target

[Service]
Type=oneshot
ExecStart=/usr/lib/pxectl/ready

[Install]
WantedBy=multi-user.target
`

/**
 * Swap in compressed memory. A loop file on NFS, as diskless machines used to have, waits under memory pressure for a network that needs
 * memory to send: it locks up just when it is needed. Read by systemd-zram-generator.
 */
export const ZRAM_CONF = `# Written by pxectl.
[zram0]
zram-size = ram / 2
compression-algorithm = zstd
`

/** The root is mounted when init starts. Without this file systemd is content; a file of the building machine would be wrong. */
export const FSTAB = `# Written by pxectl: the root comes from the network, mounted before init.
`

/** How long systemd waits for a console or the swap device; its own 90 s are too short for a machine that was started with a hundred others. */
export const SYSTEM_CONF = `# Written by pxectl.
[Manager]
DefaultDeviceTimeoutSec=300
`
