import {describe, expect, test} from 'vitest'
import {PxectlError} from '../../src/errors.js'
import {readSettings, readSettingTexts} from '../../src/lab/read-settings.js'
import {renderIni} from '../../src/lab/render-ini.js'
import type {SettingName} from '../../src/lab/setting-table.js'

const PRODUCT_EXAMPLE = `[lab]
name = demo
database = pxe.db            ; a SQLite file
tftp-root = tftpboot
[network]
interface = eth1             ; never guessed silently
server = 192.168.56.1        ; next-server
subnet = 192.168.56.0/24
range = 192.168.56.100-192.168.56.199
gateway = 192.168.56.1
dns = 192.168.56.1
domain = lab.example
[dhcp]
backend = isc                ; isc | vmware | kea | dnsmasq | virtualbox | builtin | none
config = /etc/dhcp/dhcpd.conf
restart =                    ; empty: the right command for this system is found
[boot]
default = local
timeout = 10
console = ttyS0,115200
[vm]
hypervisor = virtualbox      ; virtualbox | vmware | qemu
cpus = 2
memory = 2048
vram = 64
network = bridged:eth0
[serve]
listen = 192.168.56.1
tftp-port = 69
http-port = 8069
`

function read(text: string, more: {environment?: Record<string, string>; flags?: Partial<Record<SettingName, string>>} = {}) {
  return readSettings({
    configPath: '/srv/lab/pxectl.ini',
    text,
    environment: more.environment ?? {},
    ...(more.flags ? {flags: more.flags} : {}),
  })
}

function failure(work: () => unknown): PxectlError {
  try {
    work()
  } catch (error) {
    if (error instanceof PxectlError) return error
    throw error
  }
  throw new Error('it did not fail')
}

test('a whole file is read; relative paths are relative to the file', () => {
  const settings = read(PRODUCT_EXAMPLE)
  expect(settings.lab).toEqual({name: 'demo', database: '/srv/lab/pxe.db', tftpRoot: '/srv/lab/tftpboot'})
  expect(settings.network.range).toEqual({first: '192.168.56.100', last: '192.168.56.199'})
  expect(settings.dhcp).toMatchObject({backend: 'isc', config: '/etc/dhcp/dhcpd.conf', restart: undefined, placement: 'region'})
  expect(settings.boot.console).toBe('ttyS0,115200')
  expect(settings.serve).toMatchObject({
    listen: '192.168.56.1',
    tftpPort: 69,
    httpPort: 8069,
    dhcpPort: 67,
    maxBlksize: undefined,
    singlePort: false,
    engine: 'auto',
  })
})

test('the file that init writes is read back with its values', () => {
  const settings = read(renderIni({'network.server': '10.0.0.1', 'network.subnet': '10.0.0.0/24', 'lab.name': 'x; y'}))
  expect(settings.network.server).toBe('10.0.0.1')
  expect(settings.lab.name).toBe('x; y')
  expect(settings.dhcp.backend).toBe('builtin')
})

test('order: flag, environment, file, default', () => {
  const environment = {PXECTL_BOOT_TIMEOUT: '20', PXECTL_DHCP_BOOT_OPTIONS: 'subnet'}
  expect(read('', {}).boot.timeoutSeconds).toBe(10)
  expect(read('[boot]\ntimeout = 15', {}).boot.timeoutSeconds).toBe(15)
  expect(read('[boot]\ntimeout = 15', {environment}).boot.timeoutSeconds).toBe(20)
  expect(read('[boot]\ntimeout = 15', {environment, flags: {'boot.timeout': '25'}}).boot.timeoutSeconds).toBe(25)
  expect(read('', {environment}).dhcp.bootOptions).toBe('subnet')
})

test('each value tells where it came from', () => {
  const texts = readSettingTexts({configPath: '/l/pxectl.ini', text: '\n[boot]\ntimeout = 15\n', environment: {PXECTL_VM_CPUS: '4'}})
  expect(texts.find((text) => text.name === 'boot.timeout')).toEqual({name: 'boot.timeout', text: '15', origin: 'file', line: 3})
  expect(texts.find((text) => text.name === 'vm.cpus')).toMatchObject({text: '4', origin: 'environment'})
  expect(texts.find((text) => text.name === 'vm.memory')).toMatchObject({text: '2048', origin: 'default'})
})

describe('an unknown key or bad value names file, line and what was meant', () => {
  test('unknown key', () => {
    const error = failure(() => read('[dhcp]\nbackend = isc\nconfg = /etc/x\n'))
    expect(error.message).toContain('"dhcp.confg" (/srv/lab/pxectl.ini line 3)')
    expect(error.suggestions[0]).toBe('did you mean dhcp.config?')
    expect(error.exitCode).toBe(7)
  })
  test('key outside any section', () => {
    expect(failure(() => read('timeout = 3\n')).message).toContain('"timeout"')
  })
  const bad: [string, string][] = [
    ['[dhcp]\nbackend = ics', 'one of isc'],
    ['[boot]\ntimeout = soon', 'a whole number from 0 to 3600'],
    ['[serve]\ntftp-port = 70000', 'from 1 to 65535'],
    ['[network]\nserver = 192.168.56', 'is not an IPv4 address'],
    ['[network]\nsubnet = 192.168.56.0/24\nserver = 10.0.0.1', 'not in the subnet'],
    ['[network]\nsubnet = 192.168.56.0/24\nrange = 10.0.0.1-10.0.0.9', 'not wholly in the subnet'],
    ['[lab]\ndatabase = mysql://u@h/db', 'the path of a SQLite file'],
    ['[lab]\ndatabase = postgres://u@h/db?schema=My-Lab', 'small letters'],
  ]
  test.each(bad)('%j', (text, expected) => {
    const error = failure(() => read(text))
    expect(error.message).toContain(expected)
    expect(error.message).toMatch(/pxectl\.ini line \d/)
    expect(error.exitCode).toBe(7)
  })
  test('on the command line and in the environment it is bad usage', () => {
    expect(failure(() => read('', {flags: {'boot.timeout': 'x'}})).exitCode).toBe(2)
    const error = failure(() => read('', {environment: {PXECTL_BOOT_TIMEOUT: 'x'}}))
    expect(error.exitCode).toBe(2)
    expect(error.message).toContain('PXECTL_BOOT_TIMEOUT')
  })
})
