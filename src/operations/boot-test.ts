// Plays a host's firmware against the running lab, over real packets, as far as a machine would get.
//
//   DHCP → loader → what this loader does next: its configuration (PXELINUX) or DHCP again and scripts (iPXE) → kernel, initrds → root
//
// It ends at the first failure, with what mends it. Sockets are in boot-test-clients.ts.
import {identifyLoader, type Loader} from '../boot/loader-kind.js'
import {type BootLease, leaseStep} from './boot-test-dhcp.js'
import {fetchedStep, fetchNeeded, nameOf} from './boot-test-fetch.js'
import {bootIpxe, IPXE_STYLE, LOOP, LOOP_MENDED} from './boot-test-ipxe.js'
import {bootPxelinux} from './boot-test-pxelinux.js'
import {rootSteps, type RootPlace} from './boot-test-root.js'
import {
  type Boot,
  type BootDoors,
  type BootHostIdentity,
  BootStopped,
  type BootTestStep,
  type ClientKind,
  type Fetched,
  recordInto,
  type TftpStyle,
} from './boot-test-record.js'

export type {BootTestStep} from './boot-test-record.js'

export const testFirmwares = ['bios', 'bios-ipxe', 'uefi', 'uefi-http'] as const
export type TestFirmware = (typeof testFirmwares)[number]

export type BootTestResult = {
  readonly host: string
  readonly firmware: TestFirmware
  readonly ok: boolean
  readonly steps: readonly BootTestStep[]
  /** The step that failed; always the last one. */
  readonly failure?: BootTestStep
}

export type BootTestOptions = {
  readonly host: BootHostIdentity
  readonly firmware: TestFirmware
  readonly doors: BootDoors
  /** Where missing files should be put: for suggestions only. */
  readonly tftpRoot: string
  /** Of a diskless host: what it needs when its kernel runs. */
  readonly place?: RootPlace
  readonly onStep?: (step: BootTestStep) => void
}

/** What asks, and how its TFTP requests look: captured from QEMU's ROMs and OVMF 2022.11. */
const PROFILES: Readonly<Record<TestFirmware, {readonly client: ClientKind; readonly style: TftpStyle}>> = {
  bios: {client: {architecture: 0, isIpxe: false, isHttpClient: false}, style: {blksize: 1432}},
  'bios-ipxe': {client: {architecture: 0, isIpxe: true, isHttpClient: false}, style: IPXE_STYLE},
  uefi: {client: {architecture: 7, isIpxe: false, isHttpClient: false}, style: {blksize: 1468, windowsize: 4, sizeProbe: true}},
  'uefi-http': {client: {architecture: 16, isIpxe: false, isHttpClient: true}, style: IPXE_STYLE},
}

export async function bootTest({host, firmware, doors, tftpRoot, place, onStep}: BootTestOptions): Promise<BootTestResult> {
  const steps: BootTestStep[] = []
  const boot: Boot = {host, doors, tftpRoot, ...recordInto(steps, onStep ?? (() => undefined))}
  const {client, style} = PROFILES[firmware]
  try {
    await bootFrom(boot, client, style)
    if (place !== undefined) await rootSteps(boot, place)
    return {host: host.name, firmware, ok: true, steps}
  } catch (error) {
    if (!(error instanceof BootStopped)) throw error
    return {host: host.name, firmware, ok: false, steps, failure: error.step}
  }
}

/** DHCP, the file it names, and what that does. */
async function bootFrom(boot: Boot, client: ClientKind, style: TftpStyle): Promise<void> {
  const start = await leaseStep(boot, client)
  const file = await fetchNeeded(boot, client.isIpxe ? 'config' : 'loader', start.url, style)
  const loader = identifyLoader(nameOf(start.url), file.bytes)
  const problem = findLoaderProblem(loader, client)
  if (problem !== undefined) boot.fail({...fetchedStep('loader', start.url, file, ''), ...problem})
  boot.pass(fetchedStep(loader.kind === 'ipxe-script' ? 'config' : 'loader', start.url, file, ''))
  await runLoader(boot, client, {start, file, loader})
}

type Running = {readonly start: BootLease; readonly file: Fetched; readonly loader: Loader}

async function runLoader(boot: Boot, client: ClientKind, {start, file, loader}: Running): Promise<void> {
  const isUefi = client.architecture !== 0
  switch (loader.kind) {
    case 'ipxe':
      // A new program with a DHCP client of its own: it asks again, and says now that it is iPXE.
      return bootFrom(boot, {architecture: isUefi ? 7 : 0, isIpxe: true, isHttpClient: false}, IPXE_STYLE)
    case 'ipxe-script':
      return bootIpxe(boot, {url: start.url, script: file, lease: start.lease, platform: isUefi ? 'efi' : 'pcbios'})
    case 'pxelinux':
      return bootPxelinux(boot, {loader, url: start.url, lease: start.lease})
    case 'grub':
    case 'unknown':
      return boot.fail({
        step: 'loader',
        what: nameOf(start.url),
        durationMs: 0,
        detail: 'the loader is in place, but this test knows iPXE and PXELINUX alone and cannot follow it further',
        suggestions: [`boot it for real: pxectl boot-test ${boot.host.name} --vm`],
      })
  }
}

/** Why this client cannot run the file, or undefined. */
function findLoaderProblem({kind, isEfi}: Loader, client: ClientKind): Pick<BootTestStep, 'detail' | 'suggestions'> | undefined {
  if (kind === 'ipxe-script') {
    return client.isIpxe ? undefined : {detail: 'this is a script for iPXE, and the firmware is not iPXE', suggestions: ASK_AGAIN}
  }
  if (kind === 'ipxe' && client.isIpxe) return {detail: LOOP, suggestions: LOOP_MENDED}
  const isUefi = client.architecture !== 0
  if (isUefi === isEfi) return undefined
  const detail = isUefi
    ? 'this is no EFI program, and UEFI firmware runs nothing else'
    : 'this is an EFI program, and BIOS firmware cannot run it'
  return {detail, suggestions: ASK_AGAIN}
}

const ASK_AGAIN = ['choose the file by the kind of client: pxectl dhcp apply --boot-options subnet']
