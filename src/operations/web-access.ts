// What opens the web page: a password for people, a token for scripts. The settings hold only their hashes.
import type {OpenLabOptions} from '../lab/open-lab.js'
import {hashWebPassword, hashWebToken} from '../lab/web-secrets.js'
import {setSetting} from './edit-settings.js'

export type WebAccessOptions = {readonly dryRun: boolean; readonly random: (bytes: number) => Uint8Array}

export type WebAccess = {readonly configPath: string; readonly changed: boolean; readonly dryRun: boolean}

/** Sets the password; a running `serve` heeds it at once, and sessions of the old one end. */
export async function setWebPassword(lab: OpenLabOptions, password: string, {dryRun, random}: WebAccessOptions): Promise<WebAccess> {
  const hash = await hashWebPassword(password, random(16))
  const {configPath, changed} = await setSetting(lab, 'serve.web-password', hash, dryRun)
  return {configPath, changed, dryRun}
}

/** Makes a new token, which ends the one before. This is the only time that anybody sees it. */
export async function makeWebToken(lab: OpenLabOptions, {dryRun, random}: WebAccessOptions): Promise<WebAccess & {token: string | null}> {
  const token = Buffer.from(random(32)).toString('base64url')
  const {configPath, changed} = await setSetting(lab, 'serve.web-token', hashWebToken(token), dryRun)
  return {configPath, changed, dryRun, token: dryRun ? null : token}
}

/** Takes the password or the token away. */
export async function removeWebAccess(lab: OpenLabOptions, what: 'password' | 'token', dryRun: boolean): Promise<WebAccess> {
  const {configPath, changed} = await setSetting(lab, `serve.web-${what}`, '', dryRun)
  return {configPath, changed, dryRun}
}
