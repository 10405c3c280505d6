#!/bin/busybox sh
# Called by udhcpc with the lease in its environment.
[ "$1" = bound ] && echo "address=$ip hostname=$hostname next-server=$siaddr filename=$boot_file"
exit 0
