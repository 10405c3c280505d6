// Microsoft's DHCP server, as PowerShell (module DhcpServer, Windows Server 2012 R2 and later). A policy for each row of the boot
// table; of several policies that fit, the one with the lowest processing order gives the option.
import {PxectlError} from '../../errors.js'
import {bootTable, type BootRow} from '../boot-table.js'
import type {BootOptions} from '../reservation.js'
import type {Wanted} from './wanted.js'

/** Throws SETTING_MISSING without a subnet: a scope is known by its address. */
export function pasteWindows({hosts, boot, subnet}: Wanted): string[] {
  if (subnet === undefined) {
    throw new PxectlError('a scope of the Microsoft DHCP server is known by its subnet, and network.subnet is not set', {
      code: 'SETTING_MISSING',
      kind: 'usage',
      details: {setting: 'network.subnet'},
      suggestions: ['pxectl config set network.subnet 192.168.56.0/24'],
    })
  }
  return [
    `$scope = '${subnet.address}'`,
    ...hosts.map(
      ({name, mac, ip}) =>
        `Add-DhcpServerv4Reservation -ScopeId $scope -IPAddress ${ip} -ClientId ${mac.replaceAll(':', '-')} -Name ${quote(name)} -Description 'pxectl'`,
    ),
    ...(boot === undefined ? [] : bootLines(boot)),
  ]
}

function bootLines(boot: BootOptions): string[] {
  const rows = bootTable(boot)
  const classes = [...new Set(rows.flatMap(vendorClasses))]
  return [
    ...(rows.some(({client}) => client === 'http')
      ? ["Add-DhcpServerv4OptionDefinition -OptionId 60 -Name 'PXEClient' -Type String -ErrorAction SilentlyContinue"]
      : []),
    "Add-DhcpServerv4Class -Name 'pxectl iPXE' -Type User -Data 'iPXE'",
    ...classes.map((name) => `Add-DhcpServerv4Class -Name ${quote(`pxectl ${name}`)} -Type Vendor -Data ${quote(name)}`),
    ...rows.flatMap((row, index) => policyLines(row, index + 1, boot.nextServer)),
  ]
}

/** `PXEClient:Arch:00007`, with which the vendor class of firmware begins (RFC 4578 section 2.1). */
function vendorClasses({client, architectures}: BootRow): string[] {
  const name = client === 'http' ? 'HTTPClient' : 'PXEClient'
  return architectures?.map((number) => `${name}:Arch:${String(number).padStart(5, '0')}`) ?? []
}

function policyLines(row: BootRow, order: number, nextServer: string): string[] {
  const policy = quote(`pxectl ${row.name}`)
  // The asterisk: the class is only the beginning of what the client sends.
  const vendor = vendorClasses(row).map((name) => quote(`pxectl ${name}*`))
  const conditions = [
    ...(row.client === 'ipxe' ? ["-UserClass EQ,'pxectl iPXE'"] : []),
    ...(vendor.length === 0 ? [] : [`-VendorClass EQ,${vendor.join(',')}`]),
  ]
  const operator = conditions.length > 1 ? 'AND' : 'OR'
  const option = (id: number, value: string): string =>
    `Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName ${policy} -OptionId ${id} -Value ${quote(value)}`
  return [
    `Add-DhcpServerv4Policy -Name ${policy} -ScopeId $scope -ProcessingOrder ${order} -Condition ${operator} ${conditions.join(' ')}`,
    option(66, nextServer),
    option(67, row.filename),
    ...(row.client === 'http' ? [option(60, 'HTTPClient')] : []),
  ]
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
