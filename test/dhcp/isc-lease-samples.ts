// Written by ISC dhcpd 4.4.3-P1 for busybox udhcpc.
export const HEAD = `# The format of this file is documented in the dhcpd.leases(5) manual page.
# This lease file was written by isc-dhcp-4.4.3-P1

# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;

server-duid "\\000\\001\\000\\0012\\224\\207\\300\\206#\\376\\\\\\227@";

`
export const HELD = `lease 192.168.56.100 {
  starts 6 2026/11/21 16:48:02;
  ends 6 2026/11/21 16:58:02;
  cltt 6 2026/11/21 16:48:02;
  binding state active;
  next binding state free;
  rewind binding state free;
  hardware ethernet 52:54:00:a1:b2:c3;
  uid "\\001RT\\000\\241\\262\\303";
  set vendor-class-identifier = "udhcp 1.35.0";
}
`
export const RELEASED = `lease 192.168.56.100 {
  starts 6 2026/11/21 16:48:02;
  ends 6 2026/11/21 16:48:05;
  tstp 6 2026/11/21 16:48:05;
  cltt 6 2026/11/21 16:48:02;
  binding state free;
  hardware ethernet 52:54:00:a1:b2:c3;
  uid "\\001RT\\000\\241\\262\\303";
}
`
export const HELD_UNTIL = Date.UTC(2026, 10, 21, 16, 58, 2)
