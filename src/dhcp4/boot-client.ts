// Requests shaped like those of real firmware, option by option in the order seen on the wire, for `boot-test` and tests.
// Seen: QEMU's iPXE 1.0.0 ROM, a PXE ROM without iPXE's options, and EDK2 (OVMF and AAVMF 2022.11).
import type {Ipv4} from '../net/ipv4.js'
import {type Mac, macToBytes} from '../net/mac.js'
import type {ClientFirmware} from './client-firmware.js'
import {machineUuidBytes} from './machine-id.js'
import {optionCode} from './option-codes.js'
import {addressBytes, messageTypeBytes, textBytes, uint16Bytes} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'

/** A machine that boots. iPXE, a plain ROM (BIOS) or EDK2 (any other architecture) is chosen from `firmware`. */
export type BootClient = {
  readonly mac: Mac
  readonly uuid?: string | undefined
  readonly firmware: Pick<ClientFirmware, 'architecture' | 'isIpxe' | 'isHttpClient'>
}

/** What differs between the messages of one boot. */
export type Question = {
  readonly xid: number
  readonly secs: number
  /** Present in REQUEST: the offer that is taken. */
  readonly take?: {readonly ip: Ipv4; readonly serverId: Ipv4}
}

type Option = readonly [number, Uint8Array]

/** DISCOVER, or with `take` the REQUEST for that offer. */
export function bootRequest(client: BootClient, question: Question): Dhcp4Packet {
  const options = isEdk2(client.firmware) ? edk2Options(client, question) : romOptions(client, question)
  return {
    op: 'request',
    hops: 0,
    xid: question.xid,
    secs: question.secs,
    broadcast: isEdk2(client.firmware),
    ciaddr: noAddress,
    yiaddr: noAddress,
    siaddr: noAddress,
    giaddr: noAddress,
    mac: client.mac,
    serverName: '',
    filename: '',
    options: new Map(options),
  }
}

/** iPXE's order; a plain ROM differs by lacking 77, 175 and 61 and by a longer list. */
function romOptions({mac, uuid, firmware}: BootClient, {take}: Question): Option[] {
  const {architecture, isIpxe} = firmware
  const undi = architecture === 0 ? [2, 1] : [3, 10]
  return [
    [optionCode.messageType, messageTypeBytes(take === undefined ? 'discover' : 'request')],
    [optionCode.maxMessageBytes, uint16Bytes(1472)],
    [optionCode.architecture, uint16Bytes(architecture)],
    [optionCode.networkInterface, Uint8Array.of(1, ...undi)],
    [optionCode.vendorClass, textBytes(vendorClass('PXEClient', architecture, undi))],
    ...(isIpxe ? [[optionCode.userClass, textBytes('iPXE')] as const] : []),
    [optionCode.parameterList, isIpxe ? IPXE_WANTS : ROM_WANTS],
    ...(isIpxe ? [[optionCode.ipxe, architecture === 0 ? IPXE_BIOS_FEATURES : IPXE_UEFI_FEATURES] as const] : []),
    ...(isIpxe ? [[optionCode.clientId, Uint8Array.of(1, ...macToBytes(mac))] as const] : []),
    ...machineId(uuid),
    ...taken(take),
  ]
}

/** EDK2's order. It raises option 57 to 65280 in the REQUEST of a PXE boot, not in that of an HTTP boot. */
function edk2Options({uuid, firmware}: BootClient, {take}: Question): Option[] {
  const {architecture, isHttpClient} = firmware
  const undi = [3, 0]
  return [
    [optionCode.messageType, messageTypeBytes(take === undefined ? 'discover' : 'request')],
    ...taken(take),
    [optionCode.maxMessageBytes, uint16Bytes(take === undefined || isHttpClient ? 1472 : 65_280)],
    [optionCode.parameterList, isHttpClient ? EDK2_HTTP_WANTS : EDK2_WANTS],
    ...machineId(uuid),
    [optionCode.networkInterface, Uint8Array.of(1, ...undi)],
    [optionCode.architecture, uint16Bytes(architecture)],
    [optionCode.vendorClass, textBytes(vendorClass(isHttpClient ? 'HTTPClient' : 'PXEClient', architecture, undi))],
  ]
}

function isEdk2({architecture, isIpxe}: BootClient['firmware']): boolean {
  return architecture !== 0 && !isIpxe
}

/** `PXEClient:Arch:00007:UNDI:003010` (RFC 4578 section 3; UNDI version as two times three decimal digits). */
function vendorClass(client: string, architecture: number, [major = 0, minor = 0]: readonly number[]): string {
  const digits = (value: number, count: number) => String(value).padStart(count, '0')
  return `${client}:Arch:${digits(architecture, 5)}:UNDI:${digits(major, 3)}${digits(minor, 3)}`
}

function machineId(uuid: string | undefined): Option[] {
  return uuid === undefined ? [] : [[optionCode.machineId, machineUuidBytes(uuid)]]
}

function taken(take: Question['take']): Option[] {
  if (take === undefined) return []
  return [
    [optionCode.serverId, addressBytes(take.serverId)],
    [optionCode.requestedAddress, addressBytes(take.ip)],
  ]
}

const IPXE_WANTS = Uint8Array.of(...[1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, 128, 129, 130, 131, 132, 133, 134, 135, 175, 203])
const ROM_WANTS = Uint8Array.of(
  ...[1, 3, 6, 7, 12, 15, 17, 26, 42, 43, 60, 66, 67, 119, 121, 128, 129, 130, 131, 132, 133, 134, 135, 175, 203],
)
const EDK2_WANTS = Uint8Array.of(
  ...[1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66, 67, 97],
  ...[128, 129, 130, 131, 132, 133, 134, 135],
)
/** The real firmware sends an uninitialised byte where 66 stands here: 235 on x64, 0 on arm64. */
const EDK2_HTTP_WANTS = EDK2_WANTS.slice(0, 27)

/** Bus id (virtio-net), version 1.0.0, then one sub-option for each feature built in: src/include/ipxe/features.h. */
const IPXE_BIOS_FEATURES = ipxeFeatures([[23], [34], [19], [17], [39], [25], [41], [16, 2], [33], [21], [24], [18]])
const IPXE_UEFI_FEATURES = ipxeFeatures([[23], [36], [19], [17], [39], [41], [21], [27], [18]])

function ipxeFeatures(features: readonly (readonly [code: number, version?: number])[]): Uint8Array {
  return Uint8Array.of(177, 5, 1, 0x1a, 0xf4, 0x10, 0x00, 235, 3, 1, 0, 0, ...features.flatMap(([code, version = 1]) => [code, 1, version]))
}
