// The packet that wakes a machine (AMD, "Magic Packet Technology", publication 20213):
//
//     FF FF FF FF FF FF | the MAC address 16 times | password: none, 4 or 6 bytes (SecureOn)
//
// It may stand anywhere in a frame; in UDP it passes through everything.
import {PxectlError} from '../errors.js'
import {findIpv4, ipv4ToBytes} from '../net/ipv4.js'
import {findMac, type Mac, macToBytes} from '../net/mac.js'

const REPETITIONS = 16

export function magicPacket(mac: Mac, password: Uint8Array = new Uint8Array()): Uint8Array {
  const address = macToBytes(mac)
  const repeated = Array.from({length: REPETITIONS}, () => address)
  return Buffer.concat([Buffer.alloc(6, 0xff), ...repeated, password])
}

/** A SecureOn password as ethtool and ether-wake write it: six bytes like a MAC address, or four like an IPv4 address. */
export function parseWakePassword(text: string): Uint8Array {
  const [mac, ip] = [findMac(text), findIpv4(text)]
  if (mac !== undefined) return macToBytes(mac)
  if (ip !== undefined) return ipv4ToBytes(ip)
  // The value is a secret: it is not repeated.
  throw new PxectlError('the SecureOn password is neither six bytes (00:11:22:33:44:55) nor four (192.168.1.1)', {
    code: 'PASSWORD_INVALID',
    kind: 'usage',
    suggestions: ['write it as the firmware or `ethtool -s CARD sopass` has it, for example 00:11:22:33:44:55'],
  })
}
