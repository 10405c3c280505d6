// pfSense and OPNsense: the fields of their web pages by name (pfSense 2.7, services_dhcp.php; OPNsense calls them nearly so).
import type {Wanted} from './wanted.js'

export function pastePfSense({hosts, boot}: Wanted): string[] {
  const isIpxe = /undionly|ipxe/.test(boot?.loaders.bios ?? '')
  return [
    ...(boot === undefined
      ? []
      : [
          'Services > DHCP Server > (interface) > Network Booting',
          ...fields([
            ['Enable', 'yes'],
            ['Next Server', boot.nextServer],
            ['Default BIOS File Name', isIpxe ? 'pxelinux.0' : boot.loaders.bios],
            ['UEFI 32 bit File Name', boot.loaders.uefiIa32],
            ['UEFI 64 bit File Name', boot.loaders.uefiX64],
            ['ARM 64 bit File Name', boot.loaders.uefiArm64],
            ['UEFI HTTPBoot URL', boot.httpLoaders.uefiX64],
            ['iPXE boot filename (OPNsense)', boot.ipxeScript],
          ]),
          '  pfSense has no field for iPXE, which would be given itself again for ever. On UEFI, an iPXE of 2022 or later asks pxectl for',
          '  autoexec.ipxe instead (that of Debian 12 is older). On a BIOS no iPXE does: PXELINUX, which asks DHCP once, shows the same entries.',
          '  Or leave Network Booting off and let pxectl answer beside it (pxectl serve --dhcp proxy).',
          '',
        ]),
    ...hosts.flatMap(({name, mac, ip}, index) => [
      ...(index === 0 ? ['Services > DHCP Server > (interface) > Static Mappings > Add'] : ['']),
      ...fields([
        ['MAC Address', mac],
        ['IP Address', ip],
        ['Hostname', name],
      ]),
    ]),
  ]
}

function fields(pairs: readonly (readonly [string, string | undefined])[]): string[] {
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [`  ${`${name}:`.padEnd(31)}${value}`]))
}
