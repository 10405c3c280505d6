// Where the packages of a suite come from: what this system's apt uses, or an address that was given.
import {PxectlError} from '../errors.js'

/** A repository of this system, as `apt-get indextargets` tells it. */
export type Repository = {
  readonly uri: string
  /** Both names that apt knows a suite by, e.g. bookworm and oldstable. */
  readonly codename: string
  readonly suite: string
  readonly component: string
  readonly origin: string
}

/** What `apt-get indextargets` is to print. */
export const INDEX_FORMAT = '$(REPO_URI)|$(CODENAME)|$(SUITE)|$(COMPONENT)|$(ORIGIN)'

/** Reads lines of INDEX_FORMAT; a source without one of these fields is none of a distribution. */
export function parseRepositories(text: string): Repository[] {
  return text.split('\n').flatMap((line) => {
    const [uri = '', codename = '', suite = '', component = '', origin = ''] = line.trim().split('|')
    return /^[a-z+]+:/.test(uri) && codename !== '' && component !== '' ? [{uri, codename, suite, component, origin}] : []
  })
}

export type Distribution = 'debian' | 'ubuntu'

export type Sources = {readonly lines: readonly string[]; readonly mirror: string; readonly system: Distribution}

const UBUNTU = /^(trusty|xenial|bionic|focal|jammy|mantic|noble|oracular|plucky|questing)$/

/** Is it a suite of Ubuntu? Told by its own name, or by an address that says so. */
function systemOf(suite: string, address: string): Distribution {
  return UBUNTU.test(suite) || /ubuntu/i.test(address) ? 'ubuntu' : 'debian'
}

/**
 * The sources of a suite. With `mirror` that alone; else those of this system's repositories that have the suite, its updates and
 * its security fixes, or the repository of the same distribution where it has another suite. Throws SOURCES_UNKNOWN.
 */
export function chooseSources(suite: string, mirror: string | undefined, repositories: readonly Repository[]): Sources {
  if (mirror !== undefined) {
    const system = systemOf(suite, mirror)
    return {lines: [sourceLine(mirror, suite, componentsOf(system))], mirror, system}
  }
  const system = systemOf(suite, '')
  const ours = repositories.filter(({origin}) => origin.toLowerCase() === system)
  const known = ours.filter(({codename, suite: alias}) => [codename, alias].some((name) => name === suite || belongsTo(name, suite)))
  const first = ours.find(({codename, suite: alias}) => codename === suite || alias === suite)
  if (first !== undefined) {
    const places = new Map<string, Set<string>>()
    for (const {uri, codename, component} of known) {
      const place = `${uri} ${codename}`
      places.set(place, (places.get(place) ?? new Set()).add(component))
    }
    const lines = [...places].map(([place, components]) => `deb ${place} ${[...components].join(' ')}`)
    return {lines, mirror: first.uri, system}
  }
  const main = ours.find(({codename, component}) => component === 'main' && !codename.includes('-'))
  if (main !== undefined) return {lines: [sourceLine(main.uri, suite, componentsOf(system))], mirror: main.uri, system}
  throw new PxectlError(`this system's apt has no source of ${system === 'ubuntu' ? 'Ubuntu' : 'Debian'}, so ${suite} needs a mirror`, {
    code: 'SOURCES_UNKNOWN',
    kind: 'usage',
    details: {suite},
    suggestions: ['name one: --mirror http://MIRROR/debian', 'see those of this system: apt-get indextargets'],
  })
}

function belongsTo(name: string, suite: string): boolean {
  return name === `${suite}-updates` || name === `${suite}-security`
}

function componentsOf(system: Distribution): string {
  return system === 'ubuntu' ? 'main universe' : 'main'
}

function sourceLine(uri: string, suite: string, components: string): string {
  return `deb ${uri} ${suite} ${components}`
}

/** An address that apt fetches packages from. Throws MIRROR_INVALID. */
export function parseMirror(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const known = url !== undefined && ['http:', 'https:', 'file:', 'ftp:'].includes(url.protocol)
  if (known && url.username === '' && url.password === '' && /^[\x21-\x7e]+$/.test(text) && !/[[\]|]/.test(text)) return text
  throw new PxectlError(`"${text}" is not the address of a mirror`, {
    code: 'MIRROR_INVALID',
    kind: 'usage',
    details: {mirror: text},
    suggestions: ['write it as http://deb.example/debian, without a name and a password (apt reads those from auth.conf)'],
  })
}

/** The name of a suite or codename. Throws SUITE_INVALID. */
export function parseSuite(text: string): string {
  if (/^[a-z][a-z0-9.-]{0,40}$/.test(text)) return text
  throw new PxectlError(`"${text}" is not the name of a suite`, {
    code: 'SUITE_INVALID',
    kind: 'usage',
    details: {suite: text},
    suggestions: ['for example --suite bookworm, --suite trixie or --suite noble'],
  })
}

/** Names of packages, separated by commas or spaces. Throws PACKAGE_INVALID (deb-control(5), "Package"). */
export function parsePackages(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => text.split(/[\s,]+/)).filter((name) => name !== '')
  for (const name of names) {
    if (/^[a-z0-9][a-z0-9.+-]+(:[a-z0-9-]+)?$/.test(name)) continue
    throw new PxectlError(`"${name}" is not the name of a package`, {
      code: 'PACKAGE_INVALID',
      kind: 'usage',
      details: {package: name},
      suggestions: ['for example --packages vim,tcpdump'],
    })
  }
  return [...new Set(names)]
}
