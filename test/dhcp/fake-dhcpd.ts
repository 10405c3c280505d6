// A dhcpd and its service manager in memory: replays what was written down for a command line, and fails on any other.
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {openIscServer, type IscOptions} from '../../src/dhcp/isc.js'
import type {DhcpServer} from '../../src/dhcp/server.js'
import {PxectlError} from '../../src/errors.js'
import {parseHostname} from '../../src/net/hostname.js'
import {parseIpv4, type Ipv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import type {CommandLine, Finished} from '../../src/system/exec.js'
import type {BootOptions, Reservation} from '../../src/dhcp/reservation.js'
import {temporaryFolder} from '../support/temporary-folder.js'

export const SUBNET = 'subnet 10.0.0.0 netmask 255.255.255.0 {\n  range 10.0.0.100 10.0.0.199;\n}\n'

const fine: Finished = {exitCode: 0, stdout: '', stderr: '', timedOut: false}

export type FakeDhcpd = {
  /** Answers of `dhcpd -t`, one for each run; accepted when none is left. `text` is the configuration it was given. */
  readonly tests: ((text: string) => Partial<Finished>)[]
  /** Answers of the restart command; each may change whether dhcpd runs. */
  readonly restarts: (() => Partial<Finished> & {readonly running?: boolean})[]
  installed: boolean
  running: boolean
  /** What was called, in words. */
  readonly calls: string[]
}

export type Scene = {
  readonly folder: string
  readonly config: string
  readonly dhcpd: FakeDhcpd
  readonly server: DhcpServer
  text(): string
}

/** A folder with a dhcpd.conf, and a server on it whose daemon is the fake. */
export function openScene(text: string | undefined, options: Partial<IscOptions> = {}): Scene {
  const folder = temporaryFolder()
  const config = join(folder, 'dhcpd.conf')
  if (text !== undefined) writeFileSync(config, text, 'latin1')
  writeFileSync(join(folder, 'dhcpd.leases'), '')
  const dhcpd: FakeDhcpd = {tests: [], restarts: [], installed: true, running: true, calls: []}
  let pid = 100
  const exec = async (command: CommandLine): Promise<Finished> => {
    if (command.file.endsWith('dhcpd') && command.args[0] === '-t' && command.args[1] === '-cf') {
      if (!dhcpd.installed) throw new PxectlError('not here', {code: 'PROGRAM_MISSING', kind: 'environment'})
      dhcpd.calls.push('test')
      return {...fine, ...dhcpd.tests.shift()?.(readFileSync(command.args[2]!, 'latin1'))}
    }
    if (command.file === 'restart-dhcpd' && command.args.length === 0) {
      dhcpd.calls.push('restart')
      const answer = dhcpd.restarts.shift()?.() ?? {}
      dhcpd.running = answer.running ?? true
      pid++
      return {...fine, ...answer}
    }
    throw new Error(`unexpected command line: ${command.file} ${command.args.join(' ')}`)
  }
  const server = openIscServer({
    config,
    placement: 'region',
    restart: 'restart-dhcpd',
    bootOptionsScope: 'subnet',
    stateFolder: join(folder, 'state'),
    leases: join(folder, 'dhcpd.leases'),
    holders: async () => [],
    exec,
    probe: async () => (dhcpd.running ? [pid] : []),
    sleep: async () => undefined,
    now: () => new Date('2026-11-21T13:35:02.123Z'),
    ...options,
  })
  return {folder, config, dhcpd, server, text: () => readFileSync(config, 'latin1')}
}

export function reservation(name: string, mac: string, ip: string): Reservation {
  return {name: parseHostname(name), mac: parseMac(mac), ip: parseIpv4(ip)}
}

export const tk2 = reservation('tk2', '08:00:27:00:00:02', '10.0.0.2')

export const bootOptions: BootOptions = {
  nextServer: '10.0.0.1' as Ipv4,
  ipxeScript: 'http://10.0.0.1/boot.ipxe',
  loaders: {bios: 'undionly.kpxe', uefiX64: 'ipxe.efi'},
  httpLoaders: {uefiX64: 'http://10.0.0.1/ipxe.efi'},
}

/** The error that the work throws. */
export async function errorOf(work: Promise<unknown>): Promise<PxectlError> {
  try {
    await work
  } catch (error) {
    if (error instanceof PxectlError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
