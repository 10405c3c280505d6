// Which root password a SmartOS image gets. Never one that is published anywhere, unless the user says so.
import {generatePassword, hashPassword, parsePasswordFile} from '../images/root-password.js'
import {parseShadowHash} from '../images/smartos-options.js'
import {exec} from '../system/exec.js'
import {readBytes} from '../system/files.js'

export type RootPassword =
  /** A new one is made up, and told once. */
  | {readonly kind: 'generate'}
  | {readonly kind: 'hash'; readonly hash: string}
  | {readonly kind: 'file'; readonly path: string}
  | {readonly kind: 'typed'; readonly password: string}
  /** The one that the platform came with, which everybody can read in its published archive. */
  | {readonly kind: 'platform'}

/** Throws for what could not be used, before anything is fetched. */
export async function checkPassword(wanted: RootPassword): Promise<void> {
  if (wanted.kind === 'hash') parseShadowHash(wanted.hash)
  if (wanted.kind === 'file') await readPassword(wanted.path)
}

async function readPassword(path: string): Promise<string> {
  return parsePasswordFile((await readBytes(path)).toString('utf8'), path)
}

/** `rootShadow` as in /etc/shadow; `password` where it was made up here. */
export async function givenShadow(
  wanted: RootPassword,
  random: (below: number) => number,
): Promise<{rootShadow?: string; password?: string}> {
  switch (wanted.kind) {
    case 'platform':
      return {}
    case 'hash':
      return {rootShadow: parseShadowHash(wanted.hash)}
    case 'typed':
      return {rootShadow: await hashPassword(wanted.password, exec)}
    case 'file':
      return {rootShadow: await hashPassword(await readPassword(wanted.path), exec)}
    case 'generate': {
      const password = generatePassword(random)
      return {rootShadow: await hashPassword(password, exec), password}
    }
  }
}
