import {expect, test} from 'vitest'
import {packagesStep, reworkSteps, rootSteps, updateSteps, type Means} from '../../src/netroot/plan.js'
import {workPlaces} from '../../src/netroot/places.js'
import {templateName, type RootSpec} from '../../src/netroot/spec.js'

const spec: RootSpec = {
  name: 'root_demo',
  style: 'squashfs',
  suite: 'bookworm',
  arch: 'amd64',
  system: 'debian',
  sources: ['deb http://mirror.example/debian bookworm main contrib', 'deb http://mirror.example/security bookworm-security main'],
  mirror: 'http://mirror.example/debian',
  basePackages: ['linux-image-amd64', 'sudo'],
  packages: ['vim', 'sudo'],
  user: 'lab',
  sshKeys: [],
  locale: 'C.UTF-8',
  timezone: 'Europe/Berlin',
}
const places = workPlaces('/lab/roots/root_demo')
const means: Means = {room: 'root', builder: 'mmdebstrap', layers: true}
const how = {means, changes: {removed: ['etc/hostname'], emptied: ['etc/machine-id']}}
const template = {folder: '/lab/roots/.templates/t', lacks: []}
const ids = (steps: readonly {readonly id: string}[]): string => steps.map(({id}) => id).join(' ')

test.each([
  ['squashfs', true, 'customise pack'],
  ['squashfs', false, 'copy customise pack'],
  ['ramdisk', true, 'customise pack'],
  ['nfs', true, 'copy customise'],
  ['nfs-overlay', true, 'copy customise'],
] as const)('%s, layers %s: %s', (style, layers, expected) => {
  expect(ids(rootSteps({...spec, style}, template, places, {...how, means: {...means, layers}}))).toBe(expected)
})

test('without a template nothing is laid over one or copied; what a template lacks is installed', () => {
  const bare = rootSteps(spec, undefined, places, how)
  expect(ids(bare)).toBe('customise pack')
  expect(bare[0]?.command.args.join(' ')).not.toContain('LOWER=')
  const more = rootSteps(spec, {...template, lacks: ['vim']}, places, how)
  expect(ids(more)).toBe('install customise pack')
  expect(more[0]?.command.args).toEqual(expect.arrayContaining(['PACKAGES=vim', 'LOWER=/lab/roots/.templates/t/tree']))
})

test('every step runs in namespaces of its own; an ordinary user is root there', () => {
  for (const room of ['root', 'user'] as const) {
    const own = rootSteps(spec, template, places, {...how, means: {...means, room}})
    for (const {command} of own) expect(command.args).toContain(`LAYER_OPTIONS=${room === 'user' ? ',userxattr' : ''}`)
    const steps = [packagesStep(spec, places, {...means, room}), ...own]
    for (const {command} of steps) {
      expect(command.file).toBe('unshare')
      expect(command.args).toEqual(expect.arrayContaining(['--mount', '--pid', '--fork', '--kill-child']))
      expect(command.args.includes('--map-root-user')).toBe(room === 'user')
    }
  }
})

test('mmdebstrap is told suite, architecture, all sources, and each package once', () => {
  const {args} = packagesStep(spec, places, means).command
  expect(args).toEqual(expect.arrayContaining(['--include=linux-image-amd64,sudo,vim', '--architectures=amd64', '--mode=root']))
  expect(args.slice(-4)).toEqual(['bookworm', '/lab/roots/root_demo.partial/tree', ...spec.sources])
})

test('debootstrap is told the components of the first source, and writes the others', () => {
  const {args} = packagesStep(spec, places, {...means, builder: 'debootstrap'}).command
  expect(args).toEqual(
    expect.arrayContaining(['COMPONENTS=main,contrib', 'MIRROR=http://mirror.example/debian', `SOURCES=${spec.sources.join('\n')}`]),
  )
})

test('only the step that makes the user gets the password, which no command line holds', () => {
  const steps = [packagesStep(spec, places, means), ...rootSteps(spec, template, places, how)]
  expect(steps.filter(({takesPassword}) => takesPassword).map(({id}) => id)).toEqual(['customise'])
})

test('an update copies a tree, or unpacks a squashfs, and packs what was packed', () => {
  expect(ids(updateSteps({style: 'nfs'}, {tree: '/lab/roots/a/tree'}, places, how))).toBe('copy upgrade')
  expect(ids(updateSteps({style: 'ramdisk'}, {squashfs: '/lab/roots/a/root.squashfs'}, places, how))).toBe('unpack upgrade pack')
  const {before, after} = reworkSteps(spec, '/tftp/a/root.squashfs', places, how)
  expect([ids(before), ids(after)]).toEqual(['unpack', 'customise pack'])
})

test('a template is known by suite, architecture, sources and packages, in whatever order and for whatever style', () => {
  const name = templateName(spec)
  expect(name).toMatch(/^bookworm-amd64-[0-9a-f]{8}$/)
  expect(templateName({...spec, packages: ['sudo', 'vim']})).toBe(name)
  for (const other of [{suite: 'trixie'}, {arch: 'arm64'}, {packages: []}, {sources: ['deb http://other.example/debian bookworm main']}]) {
    expect(templateName({...spec, ...other})).not.toBe(name)
  }
})
