// One boot from power-on to power-off, and what the machine and the server say about it.
import {expect} from 'vitest'
import type {Server} from './lab.js'
import {powerOn, type Firmware, type Machine} from './machine.js'
import type {Network} from './network.js'

export const HOST = {name: 'tk1', mac: '52:54:00:a1:b2:c3', ip: '192.168.56.21'} as const

/** What the initramfs printed. */
export type Report = {
  readonly mac: string
  readonly address: string
  readonly hostname: string
  readonly firmware: string
  readonly cmdline: string
  readonly serial: string
}

/** Boots a machine with the hardware address of HOST; gives what its initramfs reports. */
export async function boot(network: Network, firmware: Firmware, limitMs = 150_000): Promise<Report> {
  const machine = await powerOn(network, firmware, HOST.mac)
  try {
    await machine.waitFor(/PXECTL-E2E done/, limitMs)
    await machine.powersOff(20_000)
    return readReport(machine)
  } finally {
    await machine.stop()
  }
}

function readReport(machine: Machine): Report {
  const serial = machine.serial()
  const line = /PXECTL-E2E mac=(\S*) address=(\S*) hostname=(\S*) next-server=\S* filename=.* firmware=(\S*)/.exec(serial)
  const cmdline = /PXECTL-E2E cmdline=\[(.*)\]/.exec(serial)
  if (line === null || cmdline === null) throw new Error(`the machine reported no lease\n${serial.split('\n').slice(-20).join('\n')}`)
  const [, mac = '', address = '', hostname = '', reported = ''] = line
  return {mac, address, hostname, firmware: reported, cmdline: cmdline[1] ?? '', serial}
}

/** The machine came up as the host of the database. */
export function expectHost(report: Report, firmware: Firmware): void {
  const {mac, address, hostname} = report
  expect({mac, address, hostname, firmware: report.firmware}).toEqual({mac: HOST.mac, address: HOST.ip, hostname: HOST.name, firmware})
}

/** The names of the files that went out whole, as `tftp:NAME` or `http:NAME`, in order. */
export function fetched(server: Server): string[] {
  return server
    .events()
    .filter((event) => event.kind === 'done')
    .map((event) => `${String(event['protocol'])}:${String(event['name']).replace(/^\//, '')}`)
}
