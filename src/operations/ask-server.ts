// Asks the DHCP server of the lab as a machine would, for a look at what it is told.
import {randomInt} from 'node:crypto'
import {leaseDhcp4} from '../dhcp4/client.js'
import {optionCode} from '../dhcp4/option-codes.js'
import {findText} from '../dhcp4/option-values.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import type {Mac} from '../net/mac.js'
import type {BootEvent} from '../timeline/boot-event.js'
import type {AskedServer} from '../timeline/finding.js'
import {lastAsker} from '../timeline/looking.js'
import type {Client} from './client-of.js'

const ASK_MS = 4000
const BIOS = 0
const UEFI_X64 = 7

/** Asks as each firmware that the machine may have; `events`: what was seen of it. An answer for each that was given one. */
export async function askServer(lab: Lab, {host, mac}: Client, events: readonly BootEvent[]): Promise<AskedServer[]> {
  if (mac === undefined) return []
  const seen = lastAsker(events)?.details.architecture
  const usual = host?.firmware === undefined ? [UEFI_X64, BIOS] : [host.firmware === 'uefi' ? UEFI_X64 : BIOS]
  const answers: AskedServer[] = []
  // One after the other: they have one port.
  for (const architecture of seen === undefined ? usual : [seen]) answers.push(...(await askAs(lab, mac, architecture)))
  return answers
}

/** As a relay at our own address, which any server answers; ours from any port. Takes the lease that the machine would take. */
async function askAs({settings}: Lab, mac: Mac, architecture: number): Promise<AskedServer[]> {
  const server = requireSetting(settings.network.server, 'network.server')
  const isOwn = settings.dhcp.backend === 'builtin'
  const outcome = await leaseDhcp4({
    via: isOwn ? {kind: 'unicast', server, port: settings.serve.dhcpPort} : {kind: 'relay', address: server},
    client: {mac, firmware: {architecture, isIpxe: false, isHttpClient: false}},
    timeoutMs: ASK_MS,
    xid: randomInt(2 ** 32),
    now: () => performance.now(),
  })
  if (outcome.kind !== 'leased') return []
  const {options} = outcome.ack
  const isMenuLess = (findText(options, optionCode.vendorClass) ?? '').startsWith('PXEClient') && !options.has(optionCode.vendorSpecific)
  return [{serverId: outcome.serverId, offered: outcome.ip, filename: outcome.filename, isMenuLess}]
}
