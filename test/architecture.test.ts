// The import rules and powers of src/README.md, read from the source tree. Extending a table here is a design change.
import {readdirSync, readFileSync} from 'node:fs'
import {dirname, join, relative} from 'node:path'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'
import {expect, test} from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

const VALUES = ['errors', 'net']
/** One program that two rooms use: how it is run, and what it prints. */
const PROGRAMS = ['vboxmanage']
const LANGUAGES = ['dhcpd-conf', 'kea-conf', 'boot', 'lab-file', 'timeline']
const HANDS = ['archive', 'hosts', 'dhcp', 'dhcp4', 'images', 'netroot', 'bootfiles', 'tftp', 'http', 'machine', 'vm', 'wake']

/** room → the rooms it may import, besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  errors: [],
  net: ['errors'],
  system: ['errors'],
  'dhcpd-conf': VALUES,
  // Lines, indentation and byte splices are those of any text file.
  'kea-conf': [...VALUES, 'dhcpd-conf'],
  boot: VALUES,
  timeline: VALUES,
  // Bytes come in by a function: a lab file includes others.
  'lab-file': VALUES,
  // A lowest room with a door: the bytes of an image are in a file, and some compressions are programs.
  archive: [...VALUES, 'system'],
  hosts: [...VALUES, 'timeline', 'system'],
  vboxmanage: [...VALUES, 'system'],
  dhcp: [...VALUES, ...PROGRAMS, 'dhcpd-conf', 'kea-conf', 'system'],
  dhcp4: VALUES,
  bootfiles: [...VALUES, 'boot', 'system'],
  images: [...VALUES, 'boot', 'archive', 'system'],
  netroot: [...VALUES, 'system'],
  machine: ['errors', 'system'],
  vm: [...VALUES, ...PROGRAMS, 'system'],
  wake: VALUES,
  tftp: ['errors', 'bootfiles'],
  http: ['errors', 'bootfiles'],
  lab: [...VALUES, 'boot', 'system', 'hosts', 'dhcp', 'dhcp4', 'bootfiles', 'vm', ...PROGRAMS],
  operations: [...VALUES, ...LANGUAGES, ...HANDS, 'system', 'lab'],
  dashboard: [...VALUES, 'operations', 'lab', 'system'],
  cli: [...VALUES, 'operations', 'lab', 'system', 'dashboard'],
  index: [...VALUES, ...LANGUAGES, 'operations', 'lab'],
  commands: [...VALUES, 'cli', 'operations', 'lab'],
}

/** A module with power over the world → the only places that may import it. */
const POWERS: Record<string, (path: string) => boolean> = {
  'node:child_process': (path) => path.startsWith('src/system/'),
  execa: (path) => path.startsWith('src/system/'),
  'node:fs': (path) =>
    path.startsWith('src/system/') ||
    path === 'src/cli/bin.dev.ts' ||
    ['src/cli/build-native.ts', 'src/cli/write-manifest.ts', 'src/cli/write-manual.ts', 'src/cli/bundle.ts'].includes(path),
  esbuild: (path) => path === 'src/cli/bundle.ts',
  'node:fs/promises': (path) => path.startsWith('src/system/'),
  'node:dgram': (path) => ['src/tftp/node-port.ts', 'src/tftp/client.ts', 'src/dhcp4/sockets.ts', 'src/wake/client.ts'].includes(path),
  'node:module': (path) => path === 'src/bootfiles/native-addon.ts',
  'node:net': (path) => ['src/http/listener.ts', 'src/system/unix-socket.ts', 'src/system/tcp-stream.ts'].includes(path),
  'node:http': (path) => /^src\/(http\/(server|client)|dashboard\/server)\.ts$/.test(path),
  '@oclif/core': (path) => path.startsWith('src/cli/') || path.startsWith('commands/'),
  'tar-stream': (path) => path === 'src/archive/tar.ts',
  pg: (path) => path === 'src/hosts/postgres.ts',
  libsql: (path) => path === 'src/hosts/sqlite.ts' || path === 'src/system/lock.ts',
}

const files = ['src', 'commands'].flatMap((folder) =>
  readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
)

function importsOf(path: string): string[] {
  return ts.preProcessFile(readFileSync(join(root, path), 'utf8'), true, true).importedFiles.map((file) => file.fileName)
}

/** The project file that a relative import names. */
function target(path: string, specifier: string): string {
  return relative(root, join(root, dirname(path), specifier)).replace(/\.js$/, '.ts')
}

function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  return top === 'src' ? second.replace(/\.ts$/, '') : top
}

test('every room imports only the rooms below it', () => {
  const violations = files.flatMap((path) =>
    importsOf(path)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => roomOf(target(path, specifier)))
      .filter((room) => room !== roomOf(path) && !MAY_IMPORT[roomOf(path)]?.includes(room) && !(room === '..' && roomOf(path) === 'cli'))
      .map((room) => `${path} imports ${room}`),
  )
  expect(violations).toEqual([])
})

test('the powers over the world stay behind their doors', () => {
  const violations = files.flatMap((path) =>
    importsOf(path)
      .filter((specifier) => Object.hasOwn(POWERS, specifier) && !POWERS[specifier]?.(path))
      .map((specifier) => `${path} imports ${specifier}`),
  )
  expect(violations).toEqual([])
})

test('no import goes round in a circle', () => {
  const edges = new Map(
    files.map((path) => [
      path,
      importsOf(path)
        .filter((s) => s.startsWith('.'))
        .map((s) => target(path, s)),
    ]),
  )
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path) || trail.includes(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of files) visit(path, [])
  expect(circles).toEqual([])
})

test('commands/ holds command classes and nothing else', () => {
  const others = files.filter(
    (path) =>
      path.startsWith('commands/') && !/^export default class \w+ extends \w*Command\b/m.test(readFileSync(join(root, path), 'utf8')),
  )
  expect(others).toEqual([])
})

test('nothing reads the environment or ends the process behind the faces', () => {
  const violations = files
    .filter((path) => !path.startsWith('src/cli/') && !path.startsWith('src/system/'))
    .filter((path) => /process\.exit\(|\bconsole\.(log|error|warn)\(|process\.std(out|err)/.test(readFileSync(join(root, path), 'utf8')))
  expect(violations).toEqual([])
})
