// What a lab.yaml may say, as JSON Schema (draft 2020-12): the one place for keys, types and their meaning. Editors complete by it
// (docs/lab.schema.json is this value), and read.ts checks by it.

/** A setting of pxectl.ini, as far as the schema needs to know. */
export type SettingSummary = {/** `section.key` */ readonly name: string; readonly summary: string}

export type JsonSchema = {readonly [key: string]: unknown}

const text = (description: string, rest: JsonSchema = {}): JsonSchema => ({type: 'string', minLength: 1, description, ...rest})
const yesNo = (description: string): JsonSchema => ({type: 'boolean', description})
const oneOf = (description: string, choices: readonly string[]): JsonSchema => ({enum: choices, description})
const whole = (description: string, minimum: number, maximum: number): JsonSchema => ({type: 'integer', minimum, maximum, description})
const texts = (description: string): JsonSchema => ({
  description,
  anyOf: [
    {type: 'string', minLength: 1},
    {type: 'array', items: {type: 'string', minLength: 1}},
  ],
})
const record = (description: string, properties: JsonSchema, required: readonly string[] = []): JsonSchema => ({
  type: ['object', 'null'],
  description,
  properties,
  additionalProperties: false,
  ...(required.length === 0 ? {} : {required}),
})
const named = (description: string, value: JsonSchema): JsonSchema => ({type: ['object', 'null'], description, additionalProperties: value})
const reference = (name: string): JsonSchema => ({$ref: `#/$defs/${name}`})

const host = record('a host: a row of the host database, its DHCP entry and its menus', {
  ip: text('IPv4 address; left out: the next free one of network.range, which then stays'),
  mac: text('MAC address; left out: an unused one with the prefix of the hypervisor'),
  image: text('the image that it boots'),
  root: text('the PXE filesystem that it boots'),
  'boot-args': text('arguments for its kernel'),
  firmware: oneOf('the only firmware it has', ['bios', 'uefi', 'any']),
  dhcp: yesNo('declare it in the DHCP server (default: true)'),
})

const vm = record('a virtual machine; its MAC is the one of the host of its name', {
  'refer-physical-machine': text('the machine whose CPUs and memory it is to have'),
  'remote-user': text('the account on that machine'),
  'memory-percent': text('how much of the memory of that machine, in percent (default: 80)'),
  cpus: whole('CPUs', 1, 1024),
  memory: text('memory in MiB, or with a unit: 2048, 4G'),
  vram: text('video memory in MiB'),
  network: text('its network, e.g. bridged:eth0, hostonly:vboxnet0, nat'),
  disk: texts('disks of these sizes, e.g. 20G (default: none)'),
  firmware: oneOf('its firmware', ['bios', 'uefi']),
  nic: text('the model of its network card'),
  'os-type': text('the kind of system, in the words of the hypervisor'),
  serial: text('its serial line: socket, file or none, perhaps with :PATH (default: file with VirtualBox, else socket)'),
  hypervisor: oneOf('the hypervisor (default: the setting vm.hypervisor)', ['virtualbox', 'vmware', 'qemu']),
  on: text('the machine that runs it, reached by ssh (default: this one)'),
  start: yesNo('start it (default: true)'),
  after: texts('VMs or groups that are started before it'),
})

const image = record(
  'an operating system to import',
  {
    source: text('a file, a folder, or an http(s) address'),
    checksum: text('sha256:…, sha512:…, md5:…, or where the list of them is'),
    type: oneOf('what it must be; without it the source decides', ['smartos', 'esxi', 'esx3i', 'linux', 'memtest', 'ipxe', 'efi', 'iso']),
    title: text('its title in menus'),
    initrd: texts('initrds of a single kernel'),
    'boot-args': text('arguments for its kernel'),
    kickstart: text('the address of the kickstart file of ESXi'),
    platform: text('of several SmartOS platforms this one'),
    console: oneOf('SmartOS: the console', ['ttya', 'ttyb', 'text']),
    noimport: yesNo('SmartOS: import no pool'),
    standalone: yesNo('SmartOS: without the configuration on the disks'),
    kmdb: yesNo('SmartOS: load the kernel debugger'),
    'kernel-verbose': yesNo('SmartOS: a kernel that talks'),
    properties: {
      type: ['object', 'null'],
      description: 'SmartOS: properties for -B',
      additionalProperties: {type: ['string', 'number', 'boolean']},
    },
    'root-password-file': text('a file with the root password of SmartOS'),
    default: yesNo('what unknown clients and hosts without image or root boot'),
  },
  ['source'],
)

const filesystem = record('a PXE filesystem: a root for diskless machines', {
  suite: text('the release, e.g. bookworm'),
  mirror: text('where packages come from'),
  arch: text('the architecture, e.g. amd64'),
  packages: texts('packages beside the base system'),
  user: text('an account with sudo'),
  'password-file': text('a file with the password of that account'),
  'ssh-key': text('a file with public ssh keys for that account'),
  style: oneOf('how machines boot it', ['nfs', 'nfs-overlay', 'squashfs', 'ramdisk']),
  template: text('a filesystem to start from'),
  hook: text('a folder with programs that change the tree'),
  'size-limit': text('how large the tree may become, e.g. 4G'),
})

const group = record(
  'several hosts, and VMs, that differ by a number; ${n} in any text stands for it',
  {
    count: whole('how many', 0, 10_000),
    first: whole('the first number (default: 1)', 0, 1_000_000),
    name: text('the names (default: the name of the group, then ${n})'),
    ip: text('the address of the first one; the others have the next ones'),
    host: reference('host'),
    vm: reference('vm'),
  },
  ['count'],
)

/** The schema of a lab.yaml with these settings of pxectl.ini. */
export function labSchema(settings: readonly SettingSummary[]): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'pxectl lab.yaml',
    description: 'A whole netbooted lab: settings, images, filesystems, hosts and virtual machines.',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: text('the address of this schema, for editors'),
      include: texts('files whose content belongs to this one, relative to it'),
      vars: {
        type: ['object', 'null'],
        description: 'texts that ${NAME} stands for in this and in included files; ${env.NAME} is the environment',
        additionalProperties: {type: ['string', 'number', 'boolean']},
      },
      ...sections(settings),
      loaders: yesNo('put the boot loaders of the system in place (default: true)'),
      menus: named('frames of menus: the file for ipxe, pxelinux, grub or menu.lst', text('a template, relative to this file')),
      images: named('operating systems by name', reference('image')),
      filesystems: named('PXE filesystems by name', reference('filesystem')),
      hosts: named('hosts by name', reference('host')),
      groups: named('numbered hosts and VMs', reference('group')),
      vms: named('virtual machines by name', reference('vm')),
      start: record('how VMs are started', {
        parallel: whole('how many at once (default: 1)', 1, 1000),
        delay: {type: 'number', minimum: 0, maximum: 3600, description: 'seconds between two starts (default: 0)'},
      }),
    },
    $defs: {host, vm, image, filesystem, group},
  }
}

/** One section for each of pxectl.ini, with its keys. */
function sections(settings: readonly SettingSummary[]): JsonSchema {
  const properties = new Map<string, Record<string, JsonSchema>>()
  for (const {name, summary} of settings) {
    const [section = '', key = ''] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]
    const keys = properties.get(section) ?? {}
    keys[key] = {description: summary, anyOf: [{type: ['string', 'number', 'boolean', 'null']}, {type: 'array', items: {type: 'string'}}]}
    properties.set(section, keys)
  }
  return Object.fromEntries(
    [...properties].map(([section, keys]) => [section, record(`the section [${section}] of pxectl.ini`, keys)] as const),
  )
}
