// Option numbers with names. Registry: https://www.iana.org/assignments/bootp-dhcp-parameters

/** The options pxectl reads or writes; section numbers are those of RFC 2132 unless another RFC is named. */
export const optionCode = {
  subnetMask: 1, // 3.3
  routers: 3, // 3.5
  dnsServers: 6, // 3.8
  hostName: 12, // 3.14
  domainName: 15, // 3.17
  broadcastAddress: 28, // 5.3
  vendorSpecific: 43, // 8.4; for PXE: PXE 2.1 table 2-1
  requestedAddress: 50, // 9.1
  leaseSeconds: 51, // 9.2
  overload: 52, // 9.3
  messageType: 53, // 9.6
  serverId: 54, // 9.7
  parameterList: 55, // 9.8
  message: 56, // 9.9
  maxMessageBytes: 57, // 9.10
  renewalSeconds: 58, // 9.11, "T1"
  rebindingSeconds: 59, // 9.12, "T2"
  vendorClass: 60, // 9.13
  clientId: 61, // 9.14
  tftpServerName: 66, // 9.4
  bootFilename: 67, // 9.5
  userClass: 77, // RFC 3004
  architecture: 93, // RFC 4578 section 2.1
  networkInterface: 94, // RFC 4578 section 2.2
  machineId: 97, // RFC 4578 section 2.3
  ipxe: 175, // iPXE's encapsulated options
} as const

/** What a message is about: option 53, RFC 2132 section 9.6. */
export type MessageType = 'discover' | 'offer' | 'request' | 'decline' | 'ack' | 'nak' | 'release' | 'inform'

/** The types in the order of their numbers, from 1. */
const MESSAGE_TYPES: readonly MessageType[] = ['discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform']

/** The type with this number, or undefined. */
export function findMessageType(number: number): MessageType | undefined {
  return MESSAGE_TYPES[number - 1]
}

/** The number of a type. */
export function messageTypeNumber(type: MessageType): number {
  return MESSAGE_TYPES.indexOf(type) + 1
}
