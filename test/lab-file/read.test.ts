import {expect, test} from 'vitest'
import {PxectlError} from '../../src/errors.js'
import {readLabFiles} from '../../src/lab-file/read.js'
import type {LabSpec} from '../../src/lab-file/spec.js'

const SETTINGS = [
  {name: 'network.server', summary: 'the address of this server'},
  {name: 'network.dns', summary: 'name servers'},
  {name: 'dhcp.unknown-clients', summary: 'leases for others'},
  {name: 'boot.default', summary: 'what is booted'},
]

type Files = Readonly<Record<string, string>>

async function read(files: Files | string, environment: Record<string, string> = {}): Promise<LabSpec> {
  const all: Files = typeof files === 'string' ? {'lab.yaml': files} : files
  return readLabFiles(['/lab/lab.yaml'], {
    environment,
    settings: SETTINGS,
    readText: async (path) => {
      const text = all[path.replace('/lab/', '')]
      if (text === undefined) throw new Error(`${path} does not exist`)
      return text
    },
  })
}

/** Every problem as `file:line:column message`. */
async function problems(files: Files | string, environment?: Record<string, string>): Promise<string[]> {
  try {
    await read(files, environment)
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    expect(error).toMatchObject({code: 'LAB_FILE_INVALID', kind: 'invalidData', exitCode: 7})
    const found = error.details['problems'] as {file: string; line: number; column: number; message: string}[]
    return found.map(({file, line, column, message}) => `${file.replace('/lab/', '')}:${line}:${column} ${message}`)
  }
  return []
}

test('a whole lab becomes one value', async () => {
  const spec = await read(`
network: {server: 192.168.56.1, dns: [192.168.56.1, 1.1.1.1]}
dhcp:
  unknown-clients: true
images:
  debian:
    source: images/netboot.tar.gz
    checksum: sha256:00
    default: true
hosts:
  tk2: {ip: 192.168.56.21, mac: 080027123456, image: debian, boot-args: quiet}
  tk3:
vms:
  tk2: {cpus: 2, memory: 1024, network: nat}
start: {parallel: 2, delay: 1.5}
`)
  expect(spec.settings.map(({name, text}) => [name, text])).toEqual([
    ['network.server', '192.168.56.1'],
    ['network.dns', '192.168.56.1, 1.1.1.1'],
    ['dhcp.unknown-clients', 'yes'],
    ['boot.default', 'debian'],
  ])
  expect(spec.images).toMatchObject([{name: 'debian', source: '/lab/images/netboot.tar.gz', isDefault: true}])
  expect(spec.hosts).toMatchObject([
    {
      name: 'tk2',
      ip: '192.168.56.21',
      mac: '08:00:27:12:34:56',
      image: 'debian',
      bootArgs: 'quiet',
      dhcp: true,
      place: {line: 11, column: 3},
    },
    {name: 'tk3', dhcp: true},
  ])
  expect(spec.hosts[1]).not.toHaveProperty('ip')
  expect(spec.vms).toMatchObject([{name: 'tk2', cpus: 2, memory: '1024', disks: [], start: true}])
  expect(spec.start).toEqual({parallel: 2, delaySeconds: 1.5})
  expect(spec.loaders).toBe(true)
})

test('an empty file is an empty lab', async () => {
  expect(await read('')).toMatchObject({settings: [], images: [], hosts: [], vms: [], start: {parallel: 1, delaySeconds: 0}})
})

test('groups are written out, with numbers in names, addresses and texts', async () => {
  const spec = await read(`
groups:
  node: {count: 3, first: 9, ip: 192.168.56.120, host: {boot-args: 'id=\${n} cost=$\${n}'}, vm: {memory: 512}}
  web: {count: 1, name: 'w-\${n}-x'}
`)
  expect(spec.hosts.map(({name, ip, bootArgs}) => [name, ip, bootArgs])).toEqual([
    ['node9', '192.168.56.120', 'id=9 cost=${n}'],
    ['node10', '192.168.56.121', 'id=10 cost=${n}'],
    ['node11', '192.168.56.122', 'id=11 cost=${n}'],
    ['w-1-x', undefined, undefined],
  ])
  expect(spec.vms.map(({name, memory}) => [name, memory])).toEqual([
    ['node9', '512'],
    ['node10', '512'],
    ['node11', '512'],
  ])
})

test('variables come from the file, from what it includes, from the environment, and have defaults', async () => {
  const spec = await read(
    {
      'lab.yaml': `
include: base.yaml
vars: {net: 10.0.0, half: 2}
hosts:
  a: {ip: "\${net}.21", boot-args: "x=\${env.X} y=\${env.Y:-none} z=\${mode}"}
vms:
  a: {cpus: "\${half}"}
`,
      'base.yaml': 'vars: {net: 192.168.1, mode: "${env.X}-mode"}',
    },
    {X: 'one'},
  )
  expect(spec.hosts).toMatchObject([{ip: '10.0.0.21', bootArgs: 'x=one y=none z=one-mode'}])
  expect(spec.vms).toMatchObject([{cpus: 2}])
})

test('a text that becomes empty is as if its key was not there', async () => {
  const spec = await read('vars: {none: "${env.NONE:-}"}\nhosts: {a: {ip: "${env.NONE:-}", image: "${none}", boot-args: "a ${none}"}}\n')
  expect(spec.hosts[0]).not.toHaveProperty('ip')
  expect(spec.hosts[0]).not.toHaveProperty('image')
  expect(spec.hosts).toMatchObject([{bootArgs: 'a '}])
})

test('VMs are started after those that they wait for', async () => {
  const spec = await read(`
groups: {db: {count: 2, vm: {}}}
vms:
  web: {after: [cache, db]}
  cache: {after: db}
`)
  expect(spec.vms.map(({name, after}) => [name, after])).toEqual([
    ['db1', []],
    ['db2', []],
    ['cache', ['db1', 'db2']],
    ['web', ['cache', 'db1', 'db2']],
  ])
})

test('the last file that names a setting decides', async () => {
  const spec = await read({
    'lab.yaml': 'include: [a.yaml]\nnetwork: {server: 10.0.0.1}',
    'a.yaml': 'network: {server: 10.0.0.9, dns: 10.0.0.9}',
  })
  expect(spec.settings.map(({name, text}) => [name, text])).toEqual([
    ['network.server', '10.0.0.1'],
    ['network.dns', '10.0.0.9'],
  ])
  expect(spec.files).toEqual(['/lab/lab.yaml', '/lab/a.yaml'])
})

const BAD: readonly (readonly [what: string, text: Files | string, found: readonly string[]])[] = [
  [
    'broken YAML',
    'hosts:\n  a: {ip: 1.2.3.4\n',
    ['lab.yaml:3:1 Flow map in block collection must be sufficiently indented and end with a }'],
  ],
  ['a key twice', 'hosts:\n  a: {ip: 10.0.0.1}\n  a: {}\n', ['lab.yaml:3:3 Map keys must be unique']],
  [
    'an unknown key',
    'hosts:\n  a: {adress: x, macc: y}\n',
    [
      'lab.yaml:2:7 hosts.a has no key "adress"; it has ip, mac, image, root, boot-args, firmware, dhcp',
      'lab.yaml:2:18 hosts.a has no key "macc"; did you mean mac?',
    ],
  ],
  ['an unknown section', 'hots:\n  a:\n', ['lab.yaml:1:1 the lab file has no key "hots"; did you mean hosts?']],
  ['an unknown setting', 'network: {sever: 10.0.0.1}\n', ['lab.yaml:1:11 network has no key "sever"; did you mean server?']],
  [
    'a password that is no reference',
    'filesystems:\n  r: {password: x}\n',
    ['lab.yaml:2:7 filesystems.r has no key "password"; did you mean password-file?'],
  ],
  [
    'wrong kinds',
    'vms:\n  a: {cpus: many, start: 7, firmware: efi}\nhosts: 7\n',
    [
      'lab.yaml:2:13 vms.a.cpus must be a whole number, and not "many"',
      'lab.yaml:2:26 vms.a.start must be true or false, and not 7',
      'lab.yaml:2:39 vms.a.firmware must be one of bios, uefi, and not "efi"',
      'lab.yaml:3:8 hosts must have keys and values, and not 7',
    ],
  ],
  [
    'numbers out of range',
    'vms:\n  a: {cpus: 0}\ngroups: {g: {count: 10001}}\n',
    ['lab.yaml:2:13 vms.a.cpus must be 1 or more, and not 0', 'lab.yaml:3:21 groups.g.count must be 10000 or less, and not 10001'],
  ],
  [
    'what is needed',
    'images:\n  a: {title: x}\ngroups: {g: {}}\n',
    ['lab.yaml:2:6 images.a needs a key source', 'lab.yaml:3:13 groups.g needs a key count'],
  ],
  [
    'a list of what is no text',
    'images:\n  a: {source: x, initrd: {b: c}}\n',
    ['lab.yaml:2:26 images.a.initrd must be a text or a list of texts'],
  ],
  [
    'names and addresses',
    'hosts:\n  a_b: {ip: 1.2.3}\n  c: {mac: "01:00:5e:00:00:01"}\n',
    [
      'lab.yaml:2:3 a_b: "a_b" is not a host name: it has the character "_"; letters, digits, hyphens and dots are allowed',
      'lab.yaml:2:3 a_b: "1.2.3" is not an IPv4 address',
      'lab.yaml:3:3 c: MAC address 01:00:5e:00:00:01 cannot belong to a host: it is a multicast address (odd first byte)',
    ],
  ],
  [
    'the same address twice',
    'hosts:\n  a: {ip: 10.0.0.1}\ngroups:\n  g: {count: 2, ip: 10.0.0.0}\n',
    ['lab.yaml:4:3 g2 has the ip 10.0.0.1 of a, at /lab/lab.yaml:2:3'],
  ],
  [
    'the same host in two files',
    {'lab.yaml': 'include: b.yaml\nhosts: {a: }\n', 'b.yaml': 'hosts: {a: }\n'},
    ['lab.yaml:2:9 hosts.a stands at /lab/b.yaml:1:9 already'],
  ],
  [
    'the same name by another way',
    'hosts: {Node1: }\ngroups: {node: {count: 1}}\n',
    ['lab.yaml:2:10 there is a host named Node1 already, at /lab/lab.yaml:1:9'],
  ],
  [
    'a group of one name',
    'groups: {g: {count: 2, name: same}}\n',
    [
      'lab.yaml:1:10 the group g: its 2 names are the same without ${n} in "same"',
      'lab.yaml:1:10 there is a host named same already, at /lab/lab.yaml:1:10',
    ],
  ],
  ['image and root', 'hosts: {a: {image: x, root: y}}\n', ['lab.yaml:1:9 a cannot boot both an image and a root']],
  [
    'unknown variables',
    'hosts: {a: {boot-args: "${nix} ${env.NIX} ${a b}"}}\n',
    [
      'lab.yaml:1:24 there is no variable nix: define it under vars',
      'lab.yaml:1:24 the environment variable NIX is not set',
      'lab.yaml:1:24 "${a b}" is no variable: write ${NAME}, ${env.NAME} or ${NAME:-text}, or $${ for the two characters',
    ],
  ],
  [
    'a circle of VMs',
    'vms:\n  a: {after: b}\n  b: {after: a}\n  c: {after: d}\n',
    [
      'lab.yaml:2:3 VMs wait for each other in a circle: a → b → a',
      'lab.yaml:4:3 c is to start after d, which is no VM and no group; did you mean a?',
    ],
  ],
  [
    'a circle of files',
    {'lab.yaml': 'include: b.yaml\n', 'b.yaml': 'include: [lab.yaml]\n'},
    ['b.yaml:1:11 files include each other in a circle: /lab/lab.yaml → /lab/b.yaml → /lab/lab.yaml'],
  ],
  ['a file that is not there', 'include: [nix.yaml]\n', ['lab.yaml:1:11 the included file cannot be read: /lab/nix.yaml does not exist']],
  [
    'two defaults',
    'images:\n  a: {source: x, default: true}\n  b: {source: y, default: true}\n',
    ['lab.yaml:3:3 b cannot be the default: one image is already'],
  ],
  ['a list instead of a lab', '- a\n- b\n', ['lab.yaml:1:1 the lab file must have keys and values']],
]

for (const [what, text, found] of BAD) {
  test(`told with its place: ${what}`, async () => expect(await problems(text)).toEqual(found))
}

test('the file that was named must be there', async () => {
  await expect(read({})).rejects.toThrow('/lab/lab.yaml does not exist')
})
