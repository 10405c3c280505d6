// Passwords of what pxectl makes (root of a SmartOS image, the user of a PXE filesystem): hashed by openssl, which gets it on its standard input and never on its command line.
import {PxectlError} from '../errors.js'
import type {Exec} from '../system/exec.js'

/** Without characters that look alike on a console. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const GENERATED_LENGTH = 16

/** `random` gives a whole number below its argument, from a source fit for secrets. */
export function generatePassword(random: (below: number) => number): string {
  return Array.from({length: GENERATED_LENGTH}, () => ALPHABET[random(ALPHABET.length)]).join('')
}

/** The first line of a password file. Throws PASSWORD_UNUSABLE where it holds none that a console could take. */
export function parsePasswordFile(text: string, path: string): string {
  const password = (text.split('\n')[0] ?? '').replace(/\r$/, '')
  if (password !== '' && password.length <= 256 && !/\p{Cc}/u.test(password)) return password
  throw new PxectlError(`the first line of ${path} is no password: it is empty, longer than 256 characters, or has control characters`, {
    code: 'PASSWORD_UNUSABLE',
    kind: 'usage',
    details: {path},
    suggestions: ['write the password alone on the first line', 'or let pxectl choose one: leave the flag out'],
  })
}

/** SHA-512-crypt with a new salt (crypt(5), `$6$`), which illumos reads as crypt_sha512, and every Linux. */
export async function hashPassword(password: string, exec: Exec): Promise<string> {
  const {exitCode, stdout, stderr} = await exec({file: 'openssl', args: ['passwd', '-6', '-stdin'], input: `${password}\n`})
  const hash = stdout.trim()
  if (exitCode === 0 && /^\$6\$[\w./]+\$[\w./]{86}$/.test(hash)) return hash
  throw new PxectlError(`openssl did not hash the password: ${stderr.trim() || `exit status ${exitCode}`}; nothing was made`, {
    code: 'PASSWORD_NOT_HASHED',
    kind: 'external',
    suggestions: ['try it: openssl passwd -6'],
  })
}
