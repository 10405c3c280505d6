// Host declarations, wherever they stand: at root, in a group, subnet, shared-network or pool. Their names are global.
//
//   host tk2.lab { hardware ethernet 8:0:27:12:34:56; fixed-address 10.0.0.5, gw.lab; option host-name "tk2"; }
import {findIpv4, type Ipv4} from '../net/ipv4.js'
import {macFromBytes, type Mac} from '../net/mac.js'
import {decodeString} from './string.js'
import {isMark, isSignificant, isWord, skipTrivia, tokenEnd, tokenStart, type Tree} from './tree.js'

/** Bytes of the file that spell one value, and the value without blanks and comments. */
export type Value = {readonly start: number; readonly end: number; readonly text: string}

export type HostDeclaration = {
  readonly statement: number
  /** Its words and dots joined: `a . b` is `a.b`. dhcpd compares names with their case. */
  readonly name: Value
  /** The `hardware ethernet` statement; `mac` is undefined where it does not hold six bytes. */
  readonly hardware: {readonly statement: number; readonly mac: Mac | undefined} | undefined
  readonly fixedAddress: {readonly statement: number; readonly values: readonly AddressValue[]} | undefined
  readonly hostName: Value | undefined
}

/** An address of `fixed-address`; `ip` is undefined for a host name. */
export type AddressValue = Value & {readonly ip: Ipv4 | undefined}

export function findHosts(tree: Tree): HostDeclaration[] {
  const {count, first, open} = tree.statements
  const hosts: HostDeclaration[] = []
  for (let statement = 0; statement < count; statement++) {
    if (open[statement]! < 0 || !isWord(tree, first[statement]!, 'host')) continue
    const name = valueOf(tree, first[statement]! + 1, open[statement]!)
    if (name !== undefined) hosts.push(hostOf(tree, statement, name))
  }
  return hosts
}

/** Only statements directly in the host count; those in an `if` of the host are left alone. */
function hostOf(tree: Tree, host: number, name: Value): HostDeclaration {
  let hardware: HostDeclaration['hardware']
  let fixedAddress: HostDeclaration['fixedAddress']
  let hostName: HostDeclaration['hostName']
  const {first, end, open, after} = tree.statements
  for (let child = host + 1; child < after[host]!; child = after[child]!) {
    if (open[child]! >= 0) continue
    const token = first[child]!
    // Of a broken statement, which has none, the end.
    const semicolon = isMark(tree, end[child]! - 1, ';') ? end[child]! - 1 : end[child]!
    const second = skipTrivia(tree, token + 1, semicolon)
    if (isWord(tree, token, 'hardware')) {
      const isEthernet = isWord(tree, second, 'ethernet')
      hardware = {statement: child, mac: isEthernet ? macOf(valueOf(tree, second + 1, semicolon)?.text ?? '') : undefined}
    } else if (isWord(tree, token, 'fixed-address')) {
      fixedAddress = {statement: child, values: addressesOf(tree, second, semicolon)}
    } else if (isWord(tree, token, 'option') && isWord(tree, second, 'host-name')) {
      const value = valueOf(tree, second + 1, semicolon)
      if (value !== undefined) hostName = {start: value.start, end: value.end, text: decodeString(value.text)}
    }
  }
  return {statement: host, name, hardware, fixedAddress, hostName}
}

/** The tokens from `from` up to `end` as one value, or undefined where none is significant. */
function valueOf(tree: Tree, from: number, end: number): Value | undefined {
  const first = skipTrivia(tree, from, end)
  if (first === end) return undefined
  const start = tokenStart(tree, first)
  let text = ''
  let valueEnd = start
  let run = start
  for (let token = first; token < end; token++) {
    if (!isSignificant(tree, token)) continue
    if (tokenStart(tree, token) !== valueEnd) {
      text += tree.bytes.toString('latin1', run, valueEnd)
      run = tokenStart(tree, token)
    }
    valueEnd = tokenEnd(tree, token)
  }
  return {start, end: valueEnd, text: text + tree.bytes.toString('latin1', run, valueEnd)}
}

/** The address as dhcpd reads it: one to three hex digits a byte, up to ff (it refuses 100). */
function macOf(text: string): Mac | undefined {
  // Nearly all are spelled this way; a file has up to 100,000 of them, and the general way takes ten times as long.
  if (/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(text)) return text as Mac
  const parts = text.split(':')
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-f]{1,3}$/i.test(part))) return undefined
  const bytes = parts.map((part) => Number.parseInt(part, 16))
  return bytes.some((byte) => byte > 0xff) ? undefined : macFromBytes(Uint8Array.from(bytes))
}

/** `10.0.0.5, gw.lab` value by value. */
function addressesOf(tree: Tree, first: number, end: number): AddressValue[] {
  const values: AddressValue[] = []
  let from = first
  for (let token = first; token <= end; token++) {
    if (token < end && !isMark(tree, token, ',')) continue
    const value = valueOf(tree, from, token)
    if (value !== undefined) values.push({start: value.start, end: value.end, text: value.text, ip: findIpv4(value.text)})
    from = token + 1
  }
  return values
}
