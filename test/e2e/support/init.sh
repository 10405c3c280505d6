#!/bin/busybox sh
# Process 1 of the machines that the end-to-end tests boot: it says on the serial line what it got, then powers off.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
# Kernel messages would tear our lines apart.
dmesg -n 1
say() { printf '\nPXECTL-E2E %s\n' "$*" >/dev/ttyS0; }

say "up kernel=$(uname -r)"
say "cmdline=[$(cat /proc/cmdline)]"
for module in $(cat /modules/order); do insmod "/modules/$module"; done

tries=0
while [ ! -e /sys/class/net/eth0 ] && [ $tries -lt 50 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
ip link set eth0 up
udhcpc -i eth0 -q -n -t 8 -T 1 -O hostname -s /etc/udhcpc.sh >/lease 2>/dev/null
if [ -d /sys/firmware/efi ]; then firmware=uefi; else firmware=bios; fi
say "mac=$(cat /sys/class/net/eth0/address) $(grep ^address= /lease) firmware=$firmware"
# The call-back of a system that runs, where the kernel's arguments ask for it.
url=$(sed -n 's/.*e2e\.up=\([^ ]*\).*/\1/p' /proc/cmdline)
if [ -n "$url" ]; then
  ip address add "$(sed -n 's/^address=\([^ ]*\).*/\1/p' /lease)/24" dev eth0
  wget -q -O /dev/null "$url" && say called
fi
say done
# A machine of a lab that is looked at stays on.
grep -q e2e.stay /proc/cmdline && exec sleep 2147483647
poweroff -f
