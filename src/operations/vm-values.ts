// The values of a VM as they are typed.
import {PxectlError} from '../errors.js'
import type {VmDisk, VmSerial} from '../vm/spec.js'

export {parsePercent} from '../machine/size.js'
export {vmStates} from '../vm/hypervisor.js'
export {parseNetwork} from '../vm/network.js'
export {hypervisorKinds, nicModels, osTypes} from '../vm/spec.js'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1,
  mib: 1,
  mb: 1,
  g: 1024,
  gib: 1024,
  gb: 1024,
  t: 1 << 20,
  tib: 1 << 20,
  tb: 1 << 20,
}

/** A size in MiB: `2048`, `2048M`, `2G`, `1.5G`; units are binary. `what` is the flag. Throws VM_SIZE_INVALID. */
export function parseSizeMiB(text: string, what: string): number {
  const [, number, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = UNITS[unit.toLowerCase()]
  const sizeMiB = Number(number) * (factor ?? NaN)
  if (Number.isInteger(sizeMiB) && sizeMiB > 0) return sizeMiB
  throw new PxectlError(`"${text}" is not a size for ${what}`, {
    code: 'VM_SIZE_INVALID',
    kind: 'usage',
    details: {value: text, flag: what},
    suggestions: [`give it in MiB, or with a unit: ${what} 2048, ${what} 2G`],
  })
}

export function parseDisk(text: string): VmDisk {
  return {sizeMiB: parseSizeMiB(text, '--disk')}
}

/** `socket`, `file` or `none`; the first two with a path behind a colon, if it is to be a certain one. Throws VM_SERIAL_INVALID. */
export function parseSerial(text: string): VmSerial {
  const [, kind, path] = /^(none|socket|file)(?::(.+))?$/.exec(text) ?? []
  if (kind === 'none' && path === undefined) return {kind}
  if (kind === 'socket' || kind === 'file') return {kind, path}
  throw new PxectlError(`"${text}" is not a serial line`, {
    code: 'VM_SERIAL_INVALID',
    kind: 'usage',
    details: {value: text},
    suggestions: ['write socket, file, none, or with a path: file:/var/log/tk2.log'],
  })
}
