// What `image add` is asked for, and what of it can be refused before a byte is fetched.
import {PxectlError} from '../errors.js'
import {parseChecksum} from '../images/checksum.js'
import {parseImageName} from '../images/image-name.js'
import type {ImageType} from '../images/manifest.js'
import {smartosOptions, type SmartosFlags} from '../images/smartos-options.js'
import type {FlagsForTypes} from './image-flags.js'
import {checkPassword, type RootPassword} from './image-password.js'

/** What to import, and how it is to boot. */
export type NewImage = {
  /** A file, a folder, or an http(s) address. */
  readonly source: string
  readonly initrds: readonly string[]
  readonly name?: string
  readonly type?: ImageType
  /** As typed: see parseChecksum. */
  readonly checksum?: string
  readonly title?: string
  readonly replace: boolean
  /** Make it boot.default. */
  readonly isDefault: boolean
  readonly bootArgs?: string
  readonly kickstart?: string
  /** Of several SmartOS platforms. */
  readonly platform?: string
  readonly smartos: Omit<SmartosFlags, 'rootShadow'>
  readonly rootPassword: RootPassword
}

/** Throws NAME, CHECKSUM, PROPERTY, PASSWORD and IMAGE_TEXT errors. */
export async function checkWanted(wanted: NewImage): Promise<void> {
  if (wanted.name !== undefined) parseImageName(wanted.name)
  if (wanted.checksum !== undefined) parseChecksum(wanted.checksum)
  smartosOptions(wanted.smartos)
  for (const [what, text] of [
    ['boot arguments', wanted.bootArgs],
    ['title', wanted.title],
    ['kickstart address', wanted.kickstart],
  ] as const) {
    const isBad = text !== undefined && (/\p{Cc}/u.test(text) || text.trim() === '' || (what === 'kickstart address' && /\s/.test(text)))
    if (isBad) throw textInvalid(what, text)
  }
  await checkPassword(wanted.rootPassword)
  if (wanted.source === '' || wanted.source === '-') throw textInvalid('source', wanted.source)
}

function textInvalid(what: string, text: string): PxectlError {
  const expected =
    what === 'source' ? 'name a file, a folder or an http(s) address' : 'write it on one line, without control characters, and not empty'
  return new PxectlError(`${JSON.stringify(text)} cannot be the ${what} of an image: ${expected}`, {
    code: 'IMAGE_TEXT_INVALID',
    kind: 'usage',
    details: {text},
  })
}

/** The flags among them that mean something for some types only. */
export function flagsOf(wanted: NewImage): FlagsForTypes {
  const {smartos, rootPassword, platform, kickstart, bootArgs} = wanted
  return {
    smartos: [
      ...(rootPassword.kind === 'generate' ? [] : ['a root password']),
      ...(smartos.console === undefined ? [] : ['--console']),
      ...(smartos.noimport ? ['--noimport'] : []),
      ...(smartos.standalone ? ['--standalone'] : []),
      ...(smartos.kmdb ? ['--kmdb'] : []),
      ...(smartos.verbose ? ['--kernel-verbose'] : []),
      ...(smartos.properties.length > 0 ? ['--smartos-property'] : []),
      ...(platform === undefined ? [] : ['--platform']),
    ],
    kickstart: kickstart !== undefined,
    bootArgs: bootArgs !== undefined,
  }
}
