// Serves a lab: TFTP and HTTP from the TFTP root, and, if wanted, DHCP for the hosts of the database.
import {filenameFor} from '../boot/firmware.js'
import {openTree} from '../bootfiles/resolve.js'
import type {TransferEvent} from '../bootfiles/transfer-event.js'
import type {ClientFirmware} from '../dhcp4/client-firmware.js'
import {decideReply} from '../dhcp4/decide.js'
import type {Dhcp4Event} from '../dhcp4/event.js'
import {startDhcp4Server} from '../dhcp4/server.js'
import {startHttpServer} from '../http/server.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {dropPrivileges} from '../system/privileges.js'
import {messageOf} from '../errors.js'
import {startTftpServer} from '../tftp/server.js'
import {filenameSettings} from './boot-options.js'
import {refreshBootFiles} from './refresh-boot-files.js'

export type ServeEvent = TransferEvent | Dhcp4Event

export type ServeOptions = {
  /** Answer DHCP for the hosts of the database. */
  readonly dhcp: boolean
  readonly http: boolean
  /** Become this user once the ports are bound. */
  readonly user?: string
  readonly onEvent: (event: ServeEvent) => void
}

export type Serving = {
  readonly warnings: readonly string[]
  /** What listens where, e.g. {tftp: '192.168.56.1:69'}. */
  readonly listening: Readonly<Record<string, string>>
  close(): Promise<void>
}

type Running = {readonly address: string; readonly port: number; close(): Promise<void>}

/** Starts all servers, or none: if one cannot start, those before it are stopped again. */
export async function serveLab(lab: Lab, options: ServeOptions): Promise<Serving> {
  const {network, serve, lab: place} = lab.settings
  const address = serve.listen ?? requireSetting(network.server, 'network.server')
  const files = openTree(place.tftpRoot)
  const {onEvent} = options
  const warnings = await renewBootFiles(lab)
  const running = new Map<string, Running>()
  const close = async (): Promise<void> => {
    for (const server of running.values()) await server.close()
  }
  try {
    running.set('tftp', await startTftpServer({address, port: serve.tftpPort, files, onEvent}))
    if (options.http) running.set('http', await startHttpServer({address, port: serve.httpPort, files, onEvent}))
    if (options.dhcp) running.set('dhcp', await startDhcp(lab, onEvent))
    if (options.user !== undefined) await dropPrivileges(options.user)
  } catch (error) {
    await close()
    throw error
  }
  return {warnings, listening: Object.fromEntries([...running].map(([name, server]) => [name, `${server.address}:${server.port}`])), close}
}

/** Serving goes on with the files that are there where they may not be written. */
async function renewBootFiles(lab: Lab): Promise<readonly string[]> {
  try {
    return await refreshBootFiles(lab)
  } catch (error) {
    return [`the boot files were not renewed: ${messageOf(error)}`]
  }
}

async function startDhcp(lab: Lab, onEvent: (event: Dhcp4Event) => void): Promise<Running> {
  const {network, serve} = lab.settings
  const names = filenameSettings(lab.settings)
  const wire = {
    server: names.server,
    subnet: requireSetting(network.subnet, 'network.subnet'),
    gateway: network.gateway,
    dns: network.dns,
    domain: network.domain,
    filenameFor: (firmware: ClientFirmware) => filenameFor(firmware, names),
  }
  return startDhcp4Server({
    address: wire.server,
    port: serve.dhcpPort,
    subnet: wire.subnet,
    onEvent,
    decide: async (request) => {
      const host = await lab.store.findByMac(request.mac)
      return decideReply(request, wire, host?.dhcp === true ? host : undefined)
    },
  })
}
