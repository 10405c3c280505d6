// The standard options of DHCPv4 that dhcpd.conf and Kea both know by name (RFC 2132 and later; dhcp-options(5); Kea's "List of
// Standard DHCPv4 Options"). Both use the same names, but for those with `kea`.

/** How dhcpd.conf writes the value, which decides how Kea wants it. */
export type OptionValue = 'addresses' | 'text' | 'number' | 'flag' | 'domains' | 'bytes'

export type StandardOption = {readonly code: number; readonly value: OptionValue; readonly kea?: string}

export const standardOptions: ReadonlyMap<string, StandardOption> = new Map<string, StandardOption>([
  ['subnet-mask', {code: 1, value: 'addresses'}],
  ['time-offset', {code: 2, value: 'number'}],
  ['routers', {code: 3, value: 'addresses'}],
  ['time-servers', {code: 4, value: 'addresses'}],
  ['ien116-name-servers', {code: 5, value: 'addresses', kea: 'name-servers'}],
  ['domain-name-servers', {code: 6, value: 'addresses'}],
  ['log-servers', {code: 7, value: 'addresses'}],
  ['lpr-servers', {code: 9, value: 'addresses'}],
  ['host-name', {code: 12, value: 'text'}],
  ['domain-name', {code: 15, value: 'text'}],
  ['swap-server', {code: 16, value: 'addresses'}],
  ['root-path', {code: 17, value: 'text'}],
  ['ip-forwarding', {code: 19, value: 'flag'}],
  ['default-ip-ttl', {code: 23, value: 'number'}],
  ['interface-mtu', {code: 26, value: 'number'}],
  ['all-subnets-local', {code: 27, value: 'flag'}],
  ['broadcast-address', {code: 28, value: 'addresses'}],
  ['router-discovery', {code: 31, value: 'flag'}],
  ['static-routes', {code: 33, value: 'addresses'}],
  ['nis-domain', {code: 40, value: 'text'}],
  ['nis-servers', {code: 41, value: 'addresses'}],
  ['ntp-servers', {code: 42, value: 'addresses'}],
  ['netbios-name-servers', {code: 44, value: 'addresses'}],
  ['netbios-dd-server', {code: 45, value: 'addresses'}],
  ['netbios-node-type', {code: 46, value: 'number'}],
  ['netbios-scope', {code: 47, value: 'text'}],
  ['font-servers', {code: 48, value: 'addresses'}],
  ['x-display-manager', {code: 49, value: 'addresses'}],
  ['dhcp-message-type', {code: 53, value: 'number'}],
  ['dhcp-parameter-request-list', {code: 55, value: 'bytes'}],
  ['vendor-class-identifier', {code: 60, value: 'text'}],
  ['dhcp-client-identifier', {code: 61, value: 'bytes'}],
  ['nisplus-domain', {code: 64, value: 'text'}],
  ['tftp-server-name', {code: 66, value: 'text'}],
  ['bootfile-name', {code: 67, value: 'text', kea: 'boot-file-name'}],
  ['smtp-server', {code: 69, value: 'addresses'}],
  ['pop-server', {code: 70, value: 'addresses'}],
  ['www-server', {code: 72, value: 'addresses'}],
  ['irc-server', {code: 74, value: 'addresses'}],
  ['user-class', {code: 77, value: 'text'}],
  ['pxe-system-type', {code: 93, value: 'number', kea: 'client-system'}],
  ['pxe-interface-id', {code: 94, value: 'bytes', kea: 'client-ndi'}],
  ['pxe-client-id', {code: 97, value: 'bytes', kea: 'uuid-guid'}],
  ['domain-search', {code: 119, value: 'domains'}],
])
