// Is this request meant for us, and does it come from our own page? Pure: header values in, a reason to refuse out.
//
// Two attacks are met here. A page of somebody else makes the browser send us a change (cross-site request forgery): the
// browser tells in Origin and Sec-Fetch-Site whose page it was. A name of somebody else is made to point to our address (DNS
// rebinding), so that his page is of our origin: the Host header has his name.
import {PxectlError} from '../errors.js'
import {findIpv4} from '../net/ipv4.js'

export type Names = {
  /** Beside addresses and localhost: what this machine is called. Lower case. */
  readonly names: readonly string[]
}

/** Throws HOST_REFUSED. An address cannot be rebound: a page under it comes from the machine that has it. */
export function checkHostHeader(host: string | undefined, {names}: Names): void {
  const name = /^(.+?)(?::\d{1,5})?$/
    .exec(host ?? '')?.[1]
    ?.toLowerCase()
    .replace(/\.$/, '')
  if (name !== undefined && (name === 'localhost' || findIpv4(name) !== undefined || names.includes(name))) return
  throw new PxectlError(`this page is not served under the name ${JSON.stringify(name ?? '')}`, {
    code: 'HOST_REFUSED',
    kind: 'usage',
    details: {host: host ?? null},
    suggestions: [
      'use the address that pxectl serve printed',
      `or allow the name: pxectl config set serve.web-names ${name !== undefined && /^[a-z0-9.-]+$/.test(name) ? name : 'NAME'}`,
    ],
  })
}

export type OriginHeaders = {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | undefined
}

/** Throws CROSS_SITE for what a browser sends on behalf of another page. Programs that are no browsers send neither header. */
export function checkOrigin(headers: OriginHeaders): void {
  const {host, origin} = headers
  const site = headers['sec-fetch-site']
  // Another port of this machine is another origin, though browsers call it the same site.
  const isForeignSite = site !== undefined && site !== 'same-origin' && site !== 'none'
  const isForeignOrigin = origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`
  if (!isForeignSite && !isForeignOrigin) return
  throw new PxectlError('the request came from another page, so nothing was done', {
    code: 'CROSS_SITE',
    kind: 'usage',
    details: {origin: origin ?? null, site: site ?? null},
    suggestions: ['use the page itself', 'a script needs no browser: pxectl web token'],
  })
}
