// What a firmware under test sends, as packets.
import {bootRequest, type Question} from '../../../src/dhcp4/boot-client.js'
import {optionCode} from '../../../src/dhcp4/option-codes.js'
import {textBytes} from '../../../src/dhcp4/option-values.js'
import type {Dhcp4Packet} from '../../../src/dhcp4/packet.js'
import type {Mac} from '../../../src/net/mac.js'
import type {Asking} from './firmware-client.js'

/** DISCOVER, or the REQUEST that takes an offer. */
export function askingPacket(mac: Mac, asking: Asking, question: Question): Dhcp4Packet {
  const {architecture, isIpxe = false, isHttpClient = false, userClass} = asking
  const request = bootRequest({mac, firmware: {architecture: architecture ?? 0, isIpxe, isHttpClient}}, question)
  const options = new Map(request.options)
  if (architecture === undefined) {
    options.set(optionCode.vendorClass, textBytes('PXEClient'))
    options.delete(optionCode.architecture)
  }
  if (userClass !== undefined) options.set(optionCode.userClass, Uint8Array.from(userClass))
  return {...request, options}
}
