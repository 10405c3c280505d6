// What a proof needs, said before anything is started; the proof itself is shown in test/e2e/dhcp-migrate.e2e.ts.
import {expect, test} from 'vitest'
import {readConfiguration} from '../../src/dhcp/isc-load.js'
import {type ProveOptions, proveMigration} from '../../src/operations/prove-migration.js'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {tmpdir} from 'node:os'
import {PxectlError} from '../../src/errors.js'
import type {Exec} from '../../src/system/exec.js'

async function check(text: string, options: Partial<ProveOptions>, expected: object): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pxectl-test-'))
  try {
    const path = join(folder, 'dhcpd.conf')
    await writeFile(path, text)
    const proof = proveMigration(await readConfiguration(path), {}, {...NOTHING, ...options})
    await expect(proof).rejects.toMatchObject(expected)
  } finally {
    await rm(folder, {recursive: true})
  }
}

const started = (): never => {
  throw new Error('nothing may be started')
}

const here: Exec = ({file, args}) =>
  /(dhcpd|kea-dhcp4)$/.test(file) && args.length === 1
    ? Promise.resolve({exitCode: 0, stdout: '', stderr: '', timedOut: false})
    : Promise.reject(new Error(`${file} may not be started`))

const without =
  (name: string): Exec =>
  (command) =>
    command.file.endsWith(name) ? Promise.reject(new PxectlError('missing', {code: 'PROGRAM_MISSING', kind: 'environment'})) : here(command)

const NOTHING: ProveOptions = {
  hosts: [],
  unknown: [],
  pxectl: {file: 'node', args: []},
  isRoot: true,
  exec: here,
  start: started,
  signal: new AbortController().signal,
  onProgress: () => undefined,
}

const SUBNET = 'subnet 10.0.0.0 netmask 255.255.255.0 { }'
const onLinux = test.runIf(process.platform === 'linux')

onLinux('without root: which privilege is missing', () => check(SUBNET, {isRoot: false}, {code: 'PRIVILEGE_MISSING', kind: 'environment'}))

onLinux('without dhcpd, and without Kea: which program is missing, and its package', async () => {
  const of = (name: string, debian: string): object => ({
    code: 'PROGRAM_MISSING',
    kind: 'environment',
    message: expect.stringContaining(`${name} is not installed`),
    suggestions: [`apt-get install ${debian}`, 'or convert without --prove'],
  })
  await check(SUBNET, {exec: without('dhcpd')}, of('dhcpd', 'isc-dhcp-server'))
  await check(SUBNET, {exec: without('kea-dhcp4')}, of('kea-dhcp4', 'kea-dhcp4-server'))
})

onLinux('a configuration without a subnet', () => check('authoritative;', {}, {code: 'NOTHING_TO_PROVE', kind: 'invalidData'}))
