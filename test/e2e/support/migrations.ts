// Configurations of dhcpd for which Kea can give the same answers, and what dhcpd gives their hosts.

export type Migration = {
  readonly title: string
  readonly conf: string
  /** Machines that are in the configuration only by a rule. */
  readonly clients?: readonly string[]
  /** Machine and subnet to the address of dhcpd, a part of all. */
  readonly addresses: Readonly<Record<string, string>>
}

/** `HOSTS` stands for a file with the host tk3. */
export const HOSTS = 'host tk3 { hardware ethernet 52:54:0:0:0:13; fixed-address 192.168.56.13; }\n'

export const migrations: readonly Migration[] = [
  {
    title: 'boot rules for all, a class for a pool, an include',
    conf: `authoritative;
default-lease-time 600; max-lease-time 7200;
option arch code 93 = unsigned integer 16;
option domain-name "lab.example";
option domain-name-servers 192.168.56.1;
next-server 192.168.56.1;
if exists user-class and option user-class = "iPXE" { filename "http://192.168.56.1/boot.ipxe"; }
elsif substring(option vendor-class-identifier, 0, 10) = "HTTPClient" { option vendor-class-identifier "HTTPClient"; filename "http://192.168.56.1/ipxe.efi"; }
elsif option arch = 00:07 or option arch = 00:09 { filename "ipxe.efi"; }
elsif option arch = 00:00 { filename "undionly.kpxe"; }
class "printers" { match if substring(hardware, 1, 3) = 00:80:77; }
subnet 192.168.56.0 netmask 255.255.255.0 {
  option routers 192.168.56.1;
  pool { allow members of "printers"; range 192.168.56.200 192.168.56.203; }
  pool { deny members of "printers"; range 192.168.56.100 192.168.56.103; }
  host inside { hardware ethernet 52:54:00:00:00:11; fixed-address 192.168.56.11; option host-name "inside"; }
}
use-host-decl-names on;
on commit { execute("/bin/touch", "EXECUTED"); }
group { filename "special.0"; host tk2 { hardware ethernet 52:54:00:00:00:12; fixed-address 192.168.56.12; } }
include "HOSTS";
`,
    clients: ['00:80:77:00:00:01'],
    addresses: {
      'inside 192.168.56.0/24': '192.168.56.11',
      'tk2 192.168.56.0/24': '192.168.56.12',
      'tk3 192.168.56.0/24': '192.168.56.13',
      '00:80:77:00:00:01 192.168.56.0/24': '192.168.56.200',
    },
  },
  {
    title: 'two subnets, groups in groups, hosts with two addresses, none, or a client identifier',
    conf: `option domain-name "lab.example";
option ntp-servers 10.1.0.2, 10.1.0.3;
subnet 10.1.0.0 netmask 255.255.255.0 {
  option routers 10.1.0.1;
  option broadcast-address 10.1.0.255;
  next-server 10.1.0.1;
  filename "pxelinux.0";
  range 10.1.0.100 10.1.0.120;
}
subnet 10.2.0.0 netmask 255.255.254.0 {
  option routers 10.2.1.254;
  option domain-name-servers 10.2.0.2, 10.2.0.3;
  option tftp-server-name "tftp.lab.example";
  option bootfile-name "other.0";
  option interface-mtu 9000;
  default-lease-time 1200;
}
group {
  option domain-name "group.example";
  next-server 10.1.0.9;
  group {
    filename "inner.0"; server-name "srv"; use-host-decl-names on;
    host a1 { hardware ethernet 52:54:00:01:00:01; fixed-address 10.1.0.11; }
    host a2 { hardware ethernet 52:54:00:01:00:02; fixed-address 10.2.0.12, 10.1.0.12; option host-name "two"; }
  }
  host a3 { hardware ethernet 52:54:00:01:00:03; fixed-address 10.2.1.13; option root-path "10.1.0.1:/srv/a,b"; }
}
host free1 { hardware ethernet 52:54:00:01:00:04; option host-name "free1"; filename "free.0"; }
host byid { option dhcp-client-identifier "byid-1"; fixed-address 10.1.0.15; }
`,
    addresses: {
      'a1 10.1.0.0/24': '10.1.0.11',
      'a2 10.1.0.0/24': '10.1.0.12',
      'a2 10.2.0.0/23': '10.2.0.12',
      'a3 10.2.0.0/23': '10.2.1.13',
      'byid 10.1.0.0/24': '10.1.0.15',
    },
  },
  {
    title: 'a shared network, classes with options of our own, addresses for known clients only',
    conf: `authoritative;
option domain-name-servers 10.3.0.2;
option site-thing code 224 = text;
option site-number code 225 = unsigned integer 32;
class "kvm" { match if substring(hardware, 1, 3) = 52:54:00; option site-thing "kvm, all"; next-server 10.3.0.3; }
class "pxe" { match if substring(option vendor-class-identifier, 0, 9) = "PXEClient"; filename "bios.0"; }
class "http" { match if substring(option vendor-class-identifier, 0, 10) = "HTTPClient"; option vendor-class-identifier "HTTPClient"; filename "http://10.3.0.1/x.efi"; }
shared-network lab {
  option site-number 7;
  subnet 10.3.0.0 netmask 255.255.255.0 {
    option routers 10.3.0.1;
    pool { allow members of "kvm"; range 10.3.0.10 10.3.0.20; }
    pool { deny unknown-clients; range 10.3.0.30 10.3.0.40; }
  }
  subnet 10.4.0.0 netmask 255.255.255.0 { option routers 10.4.0.1; }
  host s1 { hardware ethernet 52:54:00:03:00:01; fixed-address 10.3.0.51; }
  host s2 { hardware ethernet 08:00:27:03:00:02; fixed-address 10.4.0.52; filename "s2.0"; }
}
host dyn { hardware ethernet 08:00:27:03:00:03; option host-name "dyn"; }
subnet 10.5.0.0 netmask 255.255.255.128 {
  deny unknown-clients; range 10.5.0.10 10.5.0.20;
  default-lease-time 300; max-lease-time 400; min-lease-time 100;
}
`,
    clients: ['52:54:00:77:77:77'],
    addresses: {
      's1 10.3.0.0/24': '10.3.0.51',
      's2 10.4.0.0/24': '10.4.0.52',
      'dyn 10.3.0.0/24': '10.3.0.30',
      '52:54:00:77:77:77 10.3.0.0/24': '10.3.0.10',
    },
  },
]

/** Kea cannot say the condition in the class, nor the lease time of one host. */
export const DIFFERENT = `option arch code 93 = unsigned integer 16;
class "pxe" {
  match if substring(option vendor-class-identifier, 0, 9) = "PXEClient";
  if option arch = 00:07 { filename "x64.efi"; } else { filename "bios.0"; }
}
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.100 10.0.0.120; }
host same { hardware ethernet 52:54:00:00:00:01; fixed-address 10.0.0.11; filename "same.0"; }
host other { hardware ethernet 52:54:00:00:00:02; fixed-address 10.0.0.12; max-lease-time 300; filename "other.0"; }
host booting { hardware ethernet 52:54:00:00:00:03; fixed-address 10.0.0.13; }
`
