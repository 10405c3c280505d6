// The answers of fixtures/machine, whose origin.md says which are real.
import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {decodeFacts, encodeFacts, type MachineFacts} from '../../src/machine/facts.js'
import {parseFacts} from '../../src/machine/parse-facts.js'

const ABOUT = {name: 'tk2', probedAt: '2026-11-22T00:00:00.000Z'}
const read = (name: string): string => readFileSync(new URL(`../../fixtures/machine/${name}.txt`, import.meta.url), 'utf8')
const LINUX_VM = {
  ...ABOUT,
  os: 'linux',
  cpus: 2,
  memoryBytes: 24_684_092 * 1024,
  installedBytes: 24 * 1024 ** 3,
  cpuModel: 'AMD EPYC',
  hypervisors: [
    {kind: 'qemu', path: '/usr/bin/qemu-system-x86_64'},
    {kind: 'kvm', path: '/dev/kvm'},
  ],
}

const answers: [string, Omit<MachineFacts, 'name' | 'probedAt'>][] = [
  [
    'linux-arm64',
    {
      os: 'linux',
      cpus: 4,
      memoryBytes: 3_884_352 * 1024,
      cpuModel: 'Cortex-A72',
      hypervisors: [
        {kind: 'qemu', path: '/usr/bin/qemu-system-aarch64'},
        {kind: 'kvm', path: '/dev/kvm'},
      ],
    },
  ],
  [
    'macos',
    {
      os: 'macos',
      cpus: 8,
      memoryBytes: 16 * 1024 ** 3,
      installedBytes: 16 * 1024 ** 3,
      cpuModel: 'Apple M1',
      hypervisors: [
        {kind: 'virtualbox', path: '/usr/local/bin/VBoxManage'},
        {kind: 'vmware', path: '/Applications/VMware Fusion.app/Contents/Library/vmrun'},
      ],
    },
  ],
  [
    'freebsd',
    {
      os: 'freebsd',
      cpus: 16,
      memoryBytes: 34_205_585_408,
      installedBytes: 34_359_738_368,
      cpuModel: 'Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz',
      hypervisors: [{kind: 'bhyve', path: '/usr/sbin/bhyve'}],
    },
  ],
  [
    'illumos',
    {
      os: 'illumos',
      cpus: 3,
      memoryBytes: 65_502 * 1024 ** 2,
      installedBytes: 65_502 * 1024 ** 2,
      cpuModel: 'Intel(r) Xeon(r) CPU E5-2650 0 @ 2.00GHz',
      hypervisors: [],
    },
  ],
  [
    'windows',
    {
      os: 'windows',
      cpus: 12,
      memoryBytes: 17_042_653_184,
      installedBytes: 17_179_869_184,
      cpuModel: 'Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz',
      hypervisors: [{kind: 'virtualbox', path: String.raw`C:\Program Files\Oracle\VirtualBox\VBoxManage.exe`}],
    },
  ],
]

test('a real Linux is read, also with noise of login files around', () => {
  expect(parseFacts(read('linux-vm'), ABOUT)).toEqual(LINUX_VM)
  expect(parseFacts(read('linux-noise'), ABOUT)).toEqual(LINUX_VM)
  expect(parseFacts(read('linux-vm').replaceAll('\n', '\r\n'), ABOUT)).toEqual(LINUX_VM)
})

test('a container is described as its machine, and its limits stand beside that', () => {
  expect(parseFacts(read('linux-container'), ABOUT)).toEqual({...LINUX_VM, limits: {cpus: 1.5, memoryBytes: 4 * 1024 ** 3}})
  const first = read('linux-vm').replace('quota_us=-1', 'quota_us=50000').replace('9223372036854771712', '1073741824')
  expect(parseFacts(first, ABOUT).limits).toEqual({cpus: 0.5, memoryBytes: 1024 ** 3})
})

test('CPUs are counted where only one of the three places tells them', () => {
  const without = (...names: string[]): string =>
    names.reduce((text, name) => text.replace(new RegExp(`(@@pxectl ${name}\n)[^@]*`), '$1\n'), read('linux-vm'))
  expect(parseFacts(without('cpus-online', 'lscpu'), ABOUT).cpus).toBe(2)
  expect(parseFacts(without('cpus-online', 'cpuinfo'), ABOUT).cpus).toBe(2)
  expect(parseFacts(without('cpuinfo', 'lscpu'), ABOUT)).toMatchObject({cpus: 2})
  expect(parseFacts(without('memory-blocks'), ABOUT).installedBytes).toBeUndefined()
})

test.each(answers)('%s is read', (name, facts) => {
  expect(parseFacts(read(name), ABOUT)).toEqual({...facts, ...ABOUT})
})

describe('an answer without facts', () => {
  const linux = (text: string): string => `@@pxectl begin\n@@pxectl uname\nLinux\n${text}@@pxectl end\n`
  const refused: [string, string, string, string][] = [
    ['nothing', '', 'MACHINE_NO_FACTS', 'printed nothing'],
    ['a login that is closed', 'This account is currently not available.\n', 'MACHINE_NO_FACTS', 'currently not available'],
    ['an answer that broke off', read('linux-vm').slice(0, 300), 'MACHINE_ANSWER_CUT', 'broke off'],
    ['an unknown system', '@@pxectl begin\n@@pxectl uname\nHaiku\n@@pxectl end\n', 'MACHINE_SYSTEM_UNKNOWN', '"Haiku"'],
    ['no values at all', linux(''), 'MACHINE_FACTS_INCOMPLETE', 'its CPUs and its memory'],
    [
      'memory that is no number',
      linux('@@pxectl meminfo\nMemTotal: lots kB\n@@pxectl cpus-online\n0-3\n'),
      'MACHINE_FACTS_INCOMPLETE',
      'tell its memory',
    ],
    ['no memory', linux('@@pxectl meminfo\nMemTotal: 0 kB\n@@pxectl cpus-online\n0-3\n'), 'MACHINE_FACTS_INCOMPLETE', 'tell its memory'],
    [
      'memory beyond counting',
      linux('@@pxectl meminfo\nMemTotal: 99999999999999999999 kB\n@@pxectl cpus-online\n3-0\n'),
      'MACHINE_FACTS_INCOMPLETE',
      'its CPUs and its memory',
    ],
  ]
  test.each(refused)('%s is refused', (_, text, code, words) => {
    const parse = (): MachineFacts => parseFacts(text, ABOUT)
    expect(parse).toThrow(expect.objectContaining({code, exitCode: 5}))
    expect(parse).toThrow(words)
  })
})

test('facts come back from the text of the database, and other text is refused', () => {
  const facts = parseFacts(read('linux-container'), ABOUT)
  expect(decodeFacts({...ABOUT, facts: encodeFacts(facts)})).toEqual(facts)
  for (const text of ['', 'null', '[]', '{"os":"linux"}', '{"os":"vms","cpus":1,"memoryBytes":1,"hypervisors":[]}']) {
    expect(() => decodeFacts({...ABOUT, facts: text})).toThrow(expect.objectContaining({code: 'MACHINE_RECORD_INVALID', exitCode: 7}))
  }
})
