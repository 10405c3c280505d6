// The DHCP part of a boot test: an address, and the place of the file to run.
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
  if (answer.kind === 'silent') return fail(answer.durationMs, silence(answer), answer.phase === 'discover' ? NO_SERVER : CHECK)
  if (answer.kind === 'refused') return fail(answer.durationMs, `the DHCP server refused: ${answer.message}`, CHECK)
  const {ip, serverId, nextServer, filename, durationMs} = answer
  if (filename === undefined) {
    const detail = `${serverId} gave the address ${ip}, but no filename: the machine has nothing to load`
    return fail(durationMs, detail, [
      DECLARE,
      'or let pxectl name it beside that server: pxectl serve --dhcp proxy   # boot-test does not ask it',
    ])
  }
  const isUrl = /^(?:http|tftp):\/\//.test(filename)
  if (!isUrl && nextServer === undefined) {
    return fail(durationMs, `${serverId} gave the filename ${filename}, but next-server is 0.0.0.0: nobody to fetch it from`, [DECLARE])
  }
  boot.pass({step: 'dhcp', what, durationMs, detail: describe(boot, answer, filename)})
  return {lease: answer, url: isUrl ? filename : tftpUrl(nextServer ?? serverId, filename)}
}

const DECLARE = 'declare next-server and filename: pxectl dhcp apply --boot-options subnet'
const CHECK = ['pxectl dhcp check']
const NO_SERVER = ['let pxectl answer: pxectl serve --dhcp full', 'or look at your DHCP server: pxectl dhcp check']

function silence({phase, durationMs}: Extract<DhcpAnswer, {kind: 'silent'}>): string {
  const seconds = (durationMs / 1000).toFixed(1)
  return phase === 'discover'
    ? `no DHCP server answered within ${seconds} s`
    : `a DHCP server offered an address, but did not confirm it within ${seconds} s`
}

function describe({host}: Boot, {ip, serverId, nextServer}: Lease, filename: string): string {
  const from = nextServer === undefined || nextServer === serverId ? serverId : `${serverId} (next-server ${nextServer})`
  const unexpected = host.ip === undefined || host.ip === ip ? '' : `; the host database says ${host.ip} (pxectl dhcp apply)`
  return `${ip} from ${from}, filename ${filename}${unexpected}`
}
