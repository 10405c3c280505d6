// A plain table, for a router's page that has a row for each machine and perhaps a field for next-server and boot file.
import type {Wanted} from './wanted.js'

export function pasteRouter({hosts, boot}: Wanted): string[] {
  const rows = [['NAME', 'MAC ADDRESS', 'IP ADDRESS'], ...hosts.map(({name, mac, ip}) => [name, mac, ip])]
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return [
    ...rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')),
    ...(boot === undefined
      ? []
      : [
          '',
          `next-server (option 66, TFTP server):  ${boot.nextServer}`,
          `boot file (option 67), BIOS:           ${boot.loaders.bios}`,
          `boot file (option 67), UEFI x64:       ${boot.loaders.uefiX64}`,
          `boot file (option 67), once iPXE runs: ${boot.ipxeScript}`,
          'A router with a single field for the boot file cannot serve all of these: leave it empty, and let pxectl answer beside it',
          '(pxectl serve --dhcp proxy).',
        ]),
  ]
}
