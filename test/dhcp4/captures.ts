// The captured packets of fixtures/dhcp4, and golden files beside them.
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'vitest'
import {decodePacket, type Dhcp4Packet} from '../../src/dhcp4/packet.js'

const folder = fileURLToPath(new URL('../../fixtures/dhcp4', import.meta.url))

/** Every case, one captured datagram each. */
export const captureNames = readdirSync(folder, {withFileTypes: true})
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

export function readCapture(name: string): Uint8Array {
  return Uint8Array.from(Buffer.from(readFileSync(join(folder, name, 'input.hex'), 'utf8').trim(), 'hex'))
}

export function decodeCapture(name: string): Dhcp4Packet {
  return mustDecode(readCapture(name))
}

export function mustDecode(bytes: Uint8Array): Dhcp4Packet {
  const decoded = decodePacket(bytes)
  if (decoded.kind === 'malformed') throw new Error(decoded.reason)
  return decoded.packet
}

/** A packet as JSON can show it: options as code → hex, in their order. */
export function describePacket(packet: Dhcp4Packet): Record<string, unknown> {
  return {...packet, xid: packet.xid.toString(16), options: [...packet.options].map(([code, bytes]) => `${code}: ${toHex(bytes)}`)}
}

export function toHex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex')
}

/** Compares with a golden file. UPDATE_FIXTURES=1 rewrites it and still fails, so that nobody updates by accident. */
export function expectGolden(name: string, file: string, value: unknown): void {
  const path = join(folder, name, file)
  const text = `${JSON.stringify(value, undefined, 2)}\n`
  if (process.env['UPDATE_FIXTURES'] === '1' && (!existsSync(path) || readFileSync(path, 'utf8') !== text)) {
    writeFileSync(path, text)
    expect.fail(`${path} was rewritten; look at the difference`)
  }
  expect(value).toEqual(JSON.parse(readFileSync(path, 'utf8')))
}
