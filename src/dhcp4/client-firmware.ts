// What kind of firmware sends this request. Pure; what file such a client gets is decided elsewhere.
import {optionCode} from './option-codes.js'
import {findText, findUint16s} from './option-values.js'
import type {Dhcp4Packet} from './packet.js'
import {machineUuidOf} from './machine-id.js'
import {userClassesOf} from './user-class.js'

export type ClientFirmware = {
  /** Option 93, e.g. 0 = BIOS, 7 = x64 UEFI, 11 = arm64 UEFI, 16 = x64 UEFI HTTP boot. */
  readonly architecture: number
  /** iPXE is running now: it wants a script, and must never be given iPXE again. */
  readonly isIpxe: boolean
  /** UEFI HTTP boot: wants an http:// URL and the vendor class HTTPClient in the reply. */
  readonly isHttpClient: boolean
  /** A PXE ROM of any kind, iPXE included. */
  readonly isPxeClient: boolean
  /** The machine's UUID as its own tools show it. */
  readonly uuid?: string
}

/**
 * The architectures that labs boot: RFC 4578 section 2.1, later numbers from
 * https://www.iana.org/assignments/dhcpv6-parameters (Processor Architecture Types).
 * 7 is "EFI BC" in the RFC, but every x64 firmware sends it.
 */
const ARCHITECTURE_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'BIOS'],
  [6, 'UEFI ia32'],
  [7, 'UEFI x64'],
  [9, 'UEFI x64'],
  [10, 'UEFI arm32'],
  [11, 'UEFI arm64'],
  [15, 'UEFI ia32 HTTP'],
  [16, 'UEFI x64 HTTP'],
  [18, 'UEFI arm32 HTTP'],
  [19, 'UEFI arm64 HTTP'],
  [20, 'BIOS HTTP'],
])

/** The firmware behind a request; a plain operating system looks like BIOS that is no PXE client. */
export function firmwareOf(request: Dhcp4Packet): ClientFirmware {
  const {options} = request
  const vendorClass = findText(options, optionCode.vendorClass) ?? ''
  const uuid = machineUuidOf(options)
  return {
    architecture: architectureOf(findUint16s(options, optionCode.architecture), vendorClass),
    // Option 175 alone means an iPXE built with another user class (or gPXE, which speaks the same dialect).
    isIpxe: userClassesOf(options).includes('iPXE') || options.has(optionCode.ipxe),
    isHttpClient: vendorClass.startsWith('HTTPClient'),
    isPxeClient: vendorClass.startsWith('PXEClient'),
    ...(uuid === undefined ? {} : {uuid}),
  }
}

/** Does it boot from the network? Plain operating systems ask for addresses too. */
export function isBootClient({isPxeClient, isHttpClient, isIpxe}: ClientFirmware): boolean {
  return isPxeClient || isHttpClient || isIpxe
}

/**
 * The firmware as the host database knows it, which wins over what option 93 says: some ROMs send a wrong architecture. A
 * kind that agrees changes nothing; else BIOS is 0 and UEFI is x64, by far the most common.
 */
export function withKnownKind(firmware: ClientFirmware, kind: 'bios' | 'uefi' | undefined): ClientFirmware {
  const {architecture, isHttpClient} = firmware
  const isBios = BIOS_ARCHITECTURES.includes(architecture)
  if (kind === undefined || isBios === (kind === 'bios')) return firmware
  const [plain, http] = kind === 'bios' ? BIOS_ARCHITECTURES : UEFI_X64_ARCHITECTURES
  return {...firmware, architecture: isHttpClient ? http : plain}
}

const BIOS_ARCHITECTURES: readonly [number, number] = [0, 20]
const UEFI_X64_ARCHITECTURES: readonly [number, number] = [7, 16]

/** A name for the architecture, for people. */
export function architectureName(architecture: number): string {
  return ARCHITECTURE_NAMES.get(architecture) ?? `architecture ${architecture}`
}

/**
 * Option 93 may list several: the first one we know, else its first. Firmware without it may say so in option 60
 * (`PXEClient:Arch:00007:UNDI:003000`); the oldest ROMs say nothing and are BIOS.
 */
function architectureOf(listed: readonly number[], vendorClass: string): number {
  const fromVendorClass = /:Arch:(\d{5})/.exec(vendorClass)?.[1]
  return listed.find((code) => ARCHITECTURE_NAMES.has(code)) ?? listed[0] ?? Number(fromVendorClass ?? 0)
}
