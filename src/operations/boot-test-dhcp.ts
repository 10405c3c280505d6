// The DHCP part of a boot test: an address, and the place of the file to run.
import type {BootPlace} from '../dhcp4/proxy-offer.js'
import {messageOf, PxectlError} from '../errors.js'
import {tftpUrl} from './boot-test-fetch.js'
import type {Boot, ClientKind, DhcpAnswer, Lease} from './boot-test-record.js'

export type BootLease = {readonly lease: Lease; readonly url: string}

/** Records the step; anything but an address with a file to run ends the test. */
export async function leaseStep(boot: Boot, client: ClientKind): Promise<BootLease> {
  const {host} = boot
  const what = client.isIpxe ? `${host.mac} as iPXE` : host.mac
  const fail = (durationMs: number, detail: string, suggestions: readonly string[]): never =>
    boot.fail({step: 'dhcp', what, durationMs, detail, suggestions})

  const answer = await boot.doors.dhcp(client).catch((error: unknown) => {
    if (error instanceof PxectlError) return fail(0, messageOf(error), error.suggestions)
    throw error
  })
  if (answer.kind === 'silent') return fail(answer.durationMs, silence(answer), mendSilence(answer, host.name))
  if (answer.kind === 'refused') return fail(answer.durationMs, `the DHCP server refused: ${answer.message}`, CHECK)
  const {ip, durationMs, proxy} = answer
  const place = proxy?.filename === undefined ? answer : proxy
  const {serverId, nextServer, filename} = place
  if (filename === undefined) {
    const detail = `${serverId} gave the address ${ip}, but no filename: the machine has nothing to load`
    return fail(durationMs, detail, [DECLARE, 'or let pxectl name it beside that server: pxectl serve --dhcp proxy'])
  }
  const isUrl = /^(?:http|tftp):\/\//.test(filename)
  if (!isUrl && nextServer === undefined) {
    return fail(durationMs, `${serverId} gave the filename ${filename}, but next-server is 0.0.0.0: nobody to fetch it from`, [DECLARE])
  }
  boot.pass({step: 'dhcp', what, durationMs, detail: describe(boot, answer, place), from: {address: answer.serverId, file: serverId}})
  const lease = {...answer, ...(nextServer === undefined ? {} : {nextServer}), filename}
  return {lease, url: isUrl ? filename : tftpUrl(nextServer ?? serverId, filename)}
}

const DECLARE = 'declare next-server and filename: pxectl dhcp apply --boot-options subnet'
const CHECK = ['pxectl dhcp check']
const NO_SERVER = ['let pxectl answer: pxectl serve --dhcp full', 'or look at your DHCP server: pxectl dhcp check']

type Silence = Extract<DhcpAnswer, {kind: 'silent'}>

function silence({phase, durationMs, unheard}: Silence): string {
  const seconds = (durationMs / 1000).toFixed(1)
  return phase === 'discover'
    ? `no DHCP server answered within ${seconds} s${unheard === undefined ? '' : `; ${unheard}`}`
    : `a DHCP server offered an address, but did not confirm it within ${seconds} s`
}

/** A server that cannot hear this machine does not prove that another machine would not boot. */
function mendSilence({phase, unheard}: Silence, name: string): readonly string[] {
  if (unheard !== undefined)
    return [`boot it for real: pxectl boot-test ${name} --vm`, 'or run this test from another machine of the network', ...CHECK]
  return phase === 'discover' ? NO_SERVER : CHECK
}

/** `192.168.56.21 from 192.168.56.9, filename ipxe.efi from the proxy 192.168.56.1` */
function describe({host}: Boot, {ip, serverId}: Lease, place: BootPlace): string {
  const unexpected = host.ip === undefined || host.ip === ip ? '' : `; the host database says ${host.ip} (pxectl dhcp apply)`
  const isOther = place.nextServer !== undefined && place.nextServer !== place.serverId
  const next = isOther ? ` (next-server ${place.nextServer})` : ''
  if (place.serverId === serverId) return `${ip} from ${serverId}${next}, filename ${place.filename}${unexpected}`
  return `${ip} from ${serverId}, filename ${place.filename} from the proxy ${place.serverId}${next}${unexpected}`
}
