// What opens the web page, as it stands in pxectl.ini: never the secret itself. A password is short, so its hash is slow
// (scrypt, RFC 7914); a token is 256 random bits, so a plain hash of it tells nothing.
//
//     serve.web-password = scrypt:15:8:1:SALT:HASH      (the logarithm of N, r, p; base64url)
//     serve.web-token = sha256:HASH
import {createHash, scrypt, timingSafeEqual} from 'node:crypto'
import {PxectlError} from '../errors.js'

/** 32 MiB and some 0.1 s for each try (OWASP's second choice for scrypt: N = 2^15, r = 8, p = 3; one lane keeps a login quick). */
const COST_LOG2 = 15
const BLOCK_SIZE = 8
const LANES = 1
const HASH_BYTES = 32
/** What scrypt may need at most, for a hash that somebody wrote by hand: 128 * N * r bytes. */
const MOST_MEMORY_BYTES = 256 * 1024 * 1024

const PASSWORD_HASH = /^scrypt:(\d{1,2}):(\d{1,2}):(\d{1,2}):([\w-]{16,64}):([\w-]{43})$/
const TOKEN_HASH = /^sha256:[\w-]{43}$/

export const LEAST_PASSWORD_LENGTH = 8
export const MOST_PASSWORD_LENGTH = 1024

/** The setting's text; throws for what is no hash, without showing it: it may be a password. */
export function parsePasswordHash(text: string): string {
  const [, cost, size, lanes] = PASSWORD_HASH.exec(text) ?? []
  const memory = 128 * 2 ** Number(cost) * Number(size)
  if (cost === undefined || Number(cost) < 1 || Number(size) < 1 || Number(lanes) < 1 || memory > MOST_MEMORY_BYTES) {
    throw notAHash('serve.web-password', 'scrypt:…', 'pxectl web password')
  }
  return text
}

/** The setting's text; throws for what is no hash. */
export function parseTokenHash(text: string): string {
  if (!TOKEN_HASH.test(text)) throw notAHash('serve.web-token', 'sha256:…', 'pxectl web token')
  return text
}

function notAHash(name: string, form: string, command: string): PxectlError {
  return new PxectlError(`the value of ${name} is not a hash (${form}); secrets themselves do not belong in pxectl.ini`, {
    code: 'SETTING_INVALID',
    kind: 'usage',
    suggestions: [command],
  })
}

/** Throws WEB_PASSWORD_WEAK; `salt` is 16 random bytes. */
export async function hashWebPassword(password: string, salt: Uint8Array): Promise<string> {
  const length = [...password].length
  if (length < LEAST_PASSWORD_LENGTH || length > MOST_PASSWORD_LENGTH) {
    throw new PxectlError(`a password has ${LEAST_PASSWORD_LENGTH} to ${MOST_PASSWORD_LENGTH} characters; nothing was changed`, {
      code: 'WEB_PASSWORD_WEAK',
      kind: 'usage',
      suggestions: ['several words are long and easy to remember'],
    })
  }
  const hash = await derive(password, salt, {N: 2 ** COST_LOG2, r: BLOCK_SIZE, p: LANES})
  return `scrypt:${COST_LOG2}:${BLOCK_SIZE}:${LANES}:${Buffer.from(salt).toString('base64url')}:${hash.toString('base64url')}`
}

/** Is this the password? Takes as long for a wrong one. */
export async function isWebPassword(password: string, stored: string): Promise<boolean> {
  const [, cost, size, lanes, salt = '', hash = ''] = PASSWORD_HASH.exec(stored) ?? []
  const given = await derive(password, Buffer.from(salt, 'base64url'), {N: 2 ** Number(cost), r: Number(size), p: Number(lanes)})
  return timingSafeEqual(given, Buffer.from(hash, 'base64url'))
}

/** The form in which a token is kept. */
export function hashWebToken(token: string): string {
  return `sha256:${createHash('sha256').update(token).digest('base64url')}`
}

/** Is this the token? */
export function isWebToken(token: string, stored: string): boolean {
  return timingSafeEqual(Buffer.from(hashWebToken(token)), Buffer.from(stored))
}

function derive(password: string, salt: Uint8Array, cost: {N: number; r: number; p: number}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same text may reach us as one code point or as two (an e with an accent).
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, {...cost, maxmem: 2 * MOST_MEMORY_BYTES}, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}
