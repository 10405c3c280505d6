// The choices of a SmartOS image, from flags: pure. The properties are those of "Kernel Boot Options" in the SmartOS netboot guide.
import type {SmartosOptions} from '../boot/image.js'
import {PxectlError} from '../errors.js'

export const smartosConsoles = ['ttya', 'ttyb', 'text'] as const

/** What the user may choose; `properties` are `name=value` as typed. */
export type SmartosFlags = {
  readonly rootShadow?: string
  readonly console?: (typeof smartosConsoles)[number]
  readonly noimport: boolean
  readonly standalone: boolean
  readonly kmdb: boolean
  readonly verbose: boolean
  readonly properties: readonly string[]
}

/** Properties with a flag of their own, or that would undo one. */
const FLAG_OF: Readonly<Record<string, string>> = {
  root_shadow: '--root-password-hash',
  console: '--console',
  noimport: '--noimport',
  standalone: '--standalone',
}

/** Throws PROPERTY_INVALID for what the kernel would read as something else. */
export function smartosOptions(flags: SmartosFlags): SmartosOptions {
  const properties = flags.properties.map(parseProperty)
  const value = (name: string): string | undefined => properties.findLast((property) => property.name === name)?.value
  const hostname = value('hostname')
  const {rootShadow, console, noimport, standalone, kmdb, verbose} = flags
  return {
    ...(rootShadow === undefined ? {} : {rootShadow}),
    // All three guides boot with it: a machine with pools has its own password, in /usbkey/shadow.
    smartos: value('smartos') !== 'false',
    noimport,
    standalone,
    ...(hostname === undefined ? {} : {hostname}),
    ...(console === undefined ? {} : {console}),
    kmdb,
    verbose,
    properties: properties.filter(({name}) => name !== 'hostname' && name !== 'smartos'),
  }
}

/** A hash as in /etc/shadow that fits a kernel property, which ends at a comma or a space. */
export function parseShadowHash(text: string): string {
  const hash = text.trim()
  if (/^\$(?:1|5|6|2[abxy]?|md5)[$,][\w./$=-]{8,200}$/.test(hash)) return hash
  throw new PxectlError('that is not a password hash as in /etc/shadow, such as $6$SALT$HASH', {
    code: 'PASSWORD_HASH_INVALID',
    kind: 'usage',
    suggestions: ['make one, typing the password: openssl passwd -6', 'put it in single quotes: the shell replaces $6 otherwise'],
  })
}

/** `name=value`; the value in double quotes where it has commas, as in `ttya-mode="115200,8,n,1,-"`. */
function parseProperty(text: string): {name: string; value: string} {
  const [, name, value] = /^([A-Za-z_][\w.-]*)=("[^"\s\p{Cc}]*"|[^\s,"'\p{Cc}]+)$/u.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw propertyInvalid(text, 'write it as name=value without spaces; with commas in the value: name="a,b"')
  }
  const flag = FLAG_OF[name]
  if (flag !== undefined) throw propertyInvalid(text, `${name} has a flag of its own: ${flag}`)
  // Menus put the quotes where their language wants them.
  return {name, value: value.replaceAll('"', '')}
}

function propertyInvalid(text: string, problem: string): PxectlError {
  return new PxectlError(`"${text}" cannot be a property of the SmartOS kernel: ${problem}`, {
    code: 'PROPERTY_INVALID',
    kind: 'usage',
    details: {property: text},
    suggestions: ['for example: --smartos-property hostname=tk2'],
  })
}
