import {expect, test} from 'vitest'
import {basePackages, kernelPackage} from '../../src/netroot/packages.js'
import {chooseSources, parseMirror, parsePackages, parseRepositories, parseSuite} from '../../src/netroot/sources.js'

/** `apt-get indextargets` of Debian 12 with its updates and its security fixes, and of a foreign repository; the addresses are made up. */
const INDEX = `http://mirror.example/debian/|bookworm|oldstable|main|Debian
http://mirror.example/debian/|bookworm|oldstable|contrib|Debian
http://mirror.example/debian/|bookworm-updates|oldstable-updates|main|Debian
http://mirror.example/debian-security/|bookworm-security|oldstable-security|main|Debian
https://other.example/node_20.x|nodistro|nodistro|main|NodeSource
https://flat.example/apt/|||main|
`
const repositories = parseRepositories(INDEX)

test("a suite of this system comes from all of its apt's sources, and from no foreign one", () => {
  expect(chooseSources('bookworm', undefined, repositories)).toEqual({
    lines: [
      'deb http://mirror.example/debian/ bookworm main contrib',
      'deb http://mirror.example/debian/ bookworm-updates main',
      'deb http://mirror.example/debian-security/ bookworm-security main',
    ],
    mirror: 'http://mirror.example/debian/',
    system: 'debian',
  })
})

test('another suite comes from the same mirror; another distribution needs one that is named', () => {
  expect(chooseSources('trixie', undefined, repositories).lines).toEqual(['deb http://mirror.example/debian/ trixie main'])
  expect(() => chooseSources('noble', undefined, repositories)).toThrow(/needs a mirror/)
  expect(() => chooseSources('bookworm', undefined, [])).toThrow(/needs a mirror/)
})

test('a named mirror is the only source', () => {
  expect(chooseSources('bookworm', 'http://my.example/debian', repositories)).toEqual({
    lines: ['deb http://my.example/debian bookworm main'],
    mirror: 'http://my.example/debian',
    system: 'debian',
  })
  expect(chooseSources('noble', 'http://my.example/ubuntu', [])).toMatchObject({
    lines: ['deb http://my.example/ubuntu noble main universe'],
    system: 'ubuntu',
  })
})

test.each([
  '',
  'x',
  '/etc',
  'http://',
  'javascript:1',
  'http://a b/',
  'http://a/\ndeb',
  'http://user:word@a.example/debian',
  'http://a/[b]',
])('"%s" is no mirror', (text) => {
  expect(() => parseMirror(text)).toThrow(/not the address of a mirror/)
})

test.each(['', 'Bookworm', '../x', 'a b', 'x;y', '-x'])('"%s" is no suite', (text) => {
  expect(() => parseSuite(text)).toThrow(/not the name of a suite/)
})

test('packages are separated by commas or spaces, and counted once', () => {
  expect(parsePackages(['vim,tcpdump', 'vim  g++ libc6:amd64', ''])).toEqual(['vim', 'tcpdump', 'g++', 'libc6:amd64'])
  for (const bad of ['-o', 'a;b', 'Vim', '$(id)', 'x/y', 'vim=1'])
    expect(() => parsePackages([bad]), bad).toThrow(/not the name of a package/)
})

test('kernels', () => {
  expect(kernelPackage('debian', 'amd64')).toBe('linux-image-amd64')
  expect(kernelPackage('ubuntu', 'arm64')).toBe('linux-image-generic')
  expect(() => kernelPackage('debian', 'vax')).toThrow(/no kernel for the architecture "vax"/)
  expect(() => kernelPackage('ubuntu', 'i386')).toThrow(/i386/)
})

test('a locale that libc does not have needs the package with the others', () => {
  const wanted = {system: 'debian', arch: 'amd64', netboot: ['busybox']} as const
  expect(basePackages({...wanted, locale: 'C.UTF-8'})).not.toContain('locales')
  expect(basePackages({...wanted, locale: 'de_DE.UTF-8'})).toEqual(
    expect.arrayContaining(['locales', 'busybox', 'linux-image-amd64', 'sudo']),
  )
})
