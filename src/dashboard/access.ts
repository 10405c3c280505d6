// Who may do what: sessions of the page, logins, tokens of scripts. The credentials are the settings' hashes, looked at again
// at every request, so that a new password counts at once.
import {PxectlError} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import {isWebPassword, isWebToken} from '../lab/web-secrets.js'
import {checkOrigin} from './guard.js'
import {createLoginLimit} from './login-limit.js'
import {createSessions, type Session} from './sessions.js'
import type {Headers, WebRequest} from './web-request.js'

export type Credentials = {readonly webListen: Ipv4; readonly webPassword: string | undefined; readonly webToken: string | undefined}

export type AccessOptions = {
  readonly credentials: () => Promise<Credentials>
  readonly random: () => string
  readonly nowMs: () => number
  /** Cookies do not tell ports apart: two labs of one machine need two names. */
  readonly cookieName: string
}

export type SessionJson = {readonly loggedIn: boolean; readonly loginNeeded: boolean; readonly csrfToken: string}

export type Access = {
  /** The session of the request, or a new one; with the header that sets its cookie. */
  session(request: WebRequest): Promise<{session: SessionJson; headers: Headers}>
  login(request: WebRequest, secret: string): Promise<{session: SessionJson; headers: Headers}>
  logout(request: WebRequest): Promise<{session: SessionJson; headers: Headers}>
  /** Throws LOGIN_NEEDED, CSRF_TOKEN_WRONG or CROSS_SITE. */
  check(request: WebRequest, needs: {readonly login: boolean; readonly change: boolean}): Promise<void>
}

/** Nobody but this machine reaches such an address. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.')
}

export function createAccess(options: AccessOptions): Access {
  const {credentials, cookieName} = options
  const sessions = createSessions(options)
  const limit = createLoginLimit(options.nowMs)

  const current = (request: WebRequest): Session | undefined => sessions.find(readCookie(request.headers['cookie'], cookieName))
  const tell = (session: Session, now: Credentials): {session: SessionJson; headers: Headers} => ({
    session: {loggedIn: isIn(session, now), loginNeeded: needsLogin(now), csrfToken: session.csrfToken},
    headers: {'Set-Cookie': `${cookieName}=${session.id}; Path=/; HttpOnly; SameSite=Strict`},
  })
  const checkSecret = async (client: string, secret: string, now: Credentials): Promise<string | undefined> => {
    const seconds = limit.begin(client)
    if (seconds !== undefined) throw tooManyLogins(seconds)
    let matched: string | undefined
    try {
      if (now.webToken !== undefined && isWebToken(secret, now.webToken)) matched = now.webToken
      else if (now.webPassword !== undefined && (await isWebPassword(secret, now.webPassword))) matched = now.webPassword
    } finally {
      limit.end(client, matched !== undefined)
    }
    return matched
  }

  return {
    async session(request) {
      const now = await credentials()
      return tell(current(request) ?? sessions.create(undefined), now)
    },
    async login(request, secret) {
      const now = await credentials()
      const matched = await checkSecret(request.client, secret, now)
      if (matched === undefined) throw wrongSecret()
      // A new session: whoever knew the one before must not be logged in with it.
      const before = current(request)
      if (before !== undefined) sessions.remove(before.id)
      return tell(sessions.create(matched), now)
    },
    async logout(request) {
      const before = current(request)
      if (before !== undefined) sessions.remove(before.id)
      return tell(sessions.create(undefined), await credentials())
    },
    async check(request, needs) {
      checkOrigin(request.headers)
      const now = await credentials()
      const bearer = /^Bearer +([\w-]+)$/i.exec(request.headers['authorization'] ?? '')?.[1]
      // No page can make a browser send it, so it needs no other token.
      if (bearer !== undefined) {
        if (now.webToken === undefined || !isWebToken(bearer, now.webToken)) throw wrongToken()
        return
      }
      const session = current(request)
      if (needs.login && needsLogin(now) && !(session !== undefined && isIn(session, now))) throw loginNeeded()
      if (needs.change && (session === undefined || request.headers['x-csrf-token'] !== session.csrfToken)) throw wrongCsrfToken()
    },
  }
}

function needsLogin({webListen, webPassword, webToken}: Credentials): boolean {
  return !isLoopback(webListen) || webPassword !== undefined || webToken !== undefined
}

/** A session whose password is not the password any more has ended. */
function isIn({loggedInWith}: Session, {webPassword, webToken}: Credentials): boolean {
  return loggedInWith !== undefined && (loggedInWith === webPassword || loggedInWith === webToken)
}

function readCookie(header: string | undefined, name: string): string | undefined {
  const found = (header ?? '').split(';').find((part) => part.trim().startsWith(`${name}=`))
  return found?.trim().slice(name.length + 1)
}

function loginNeeded(): PxectlError {
  return new PxectlError('this needs a login', {
    code: 'LOGIN_NEEDED',
    kind: 'usage',
    suggestions: ['log in on the page', 'a script sends a token (Authorization: Bearer TOKEN): pxectl web token'],
  })
}

function wrongSecret(): PxectlError {
  return new PxectlError('this is not the password', {
    code: 'LOGIN_REFUSED',
    kind: 'usage',
    suggestions: ['set a new one: pxectl web password'],
  })
}

function wrongToken(): PxectlError {
  return new PxectlError('this token is not valid', {
    code: 'TOKEN_REFUSED',
    kind: 'usage',
    suggestions: ['make a new one: pxectl web token'],
  })
}

function wrongCsrfToken(): PxectlError {
  return new PxectlError('the X-CSRF-Token is missing, or not the one of this session; nothing was done', {
    code: 'CSRF_TOKEN_WRONG',
    kind: 'usage',
    suggestions: ['load the page again', 'a script asks GET /api/v1/session first, or sends a token: pxectl web token'],
  })
}

function tooManyLogins(seconds: number): PxectlError {
  return new PxectlError(`too many logins were tried; the next one may come in ${seconds} s`, {
    code: 'LOGIN_LIMIT',
    kind: 'usage',
    details: {retryAfterSeconds: seconds},
  })
}
