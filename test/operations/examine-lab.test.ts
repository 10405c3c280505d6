// The doctor on labs that lack one thing each: it says which, what mends it, and changes nothing.
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {expect, onTestFinished, test} from 'vitest'
import AddHost from '../../commands/add-host.js'
import Doctor from '../../commands/doctor.js'
import {openLab, type Lab} from '../../src/lab/open-lab.js'
import {examineLab, type Examination, type ExamineOptions} from '../../src/operations/examine-lab.js'
import {serveLab} from '../../src/operations/serve.js'
import {makeLab, type TestLab} from '../support/lab.js'
import {runCommand} from '../support/run-command.js'

const options: ExamineOptions = {isRoot: false, timeoutMs: 800, resolve: false}

/** A lab on loopback that has all a host needs but servers; nobody is asked about DHCP. */
async function wholeLab(): Promise<{lab: Lab; made: TestLab}> {
  const made = await makeLab({loopback: true})
  for (const loader of ['undionly.kpxe', 'ipxe.efi']) writeFileSync(made.path(`tftpboot/${loader}`), 'a loader')
  mkdirSync(made.path('tftpboot/images/debian'), {recursive: true})
  writeFileSync(made.path('tftpboot/images/debian/vmlinuz'), 'a kernel')
  await runCommand(AddHost, ['tk2', '--mac', '08:00:27:12:34:56', '--image', 'debian', '--config', made.config])
  const lab = await openLab({configFlag: made.config, environment: {}, workingFolder: made.folder})
  onTestFinished(() => lab.close())
  return {lab, made}
}

/** With TFTP and HTTP on free ports. */
async function served(lab: Lab): Promise<Lab> {
  const free = {...lab, settings: {...lab.settings, serve: {...lab.settings.serve, tftpPort: 0, httpPort: 0}}}
  const serving = await serveLab(free, {dhcp: 'off', http: true, onEvent: () => undefined})
  onTestFinished(() => serving.close())
  const portOf = (name: string): number => Number(serving.listening[name]?.split(':')[1])
  return {...lab, settings: {...lab.settings, serve: {...lab.settings.serve, tftpPort: portOf('tftp'), httpPort: portOf('http')}}}
}

function found({parts}: Examination): string[] {
  return parts.flatMap(({part, findings}) => findings.map(({severity, code}) => `${part} ${severity} ${code}`))
}

test('a lab that can boot a host has nothing but notes', async () => {
  const {lab} = await wholeLab()
  const examined = await examineLab(await served(lab), options)
  expect(found(examined)).toEqual(['dhcp note DHCP_NOT_CHECKED'])
  expect(examined.ok).toBe(true)
})

test('an address at no interface with a link is a warning: a bridge may wait for its first machine', async () => {
  const {lab} = await wholeLab()
  const examined = await examineLab(await served(lab), {...options, here: []})
  expect(found(examined)).toEqual(['network warning ADDRESS_NOT_LOCAL', 'dhcp note DHCP_NOT_CHECKED'])
  expect(examined.ok).toBe(true)
})

test('servers that nobody started are errors; a low port says that it needs root', async () => {
  const {lab} = await wholeLab()
  const examined = await examineLab(lab, options)
  expect(found(examined)).toEqual(['servers error NOT_SERVING', 'servers error NOT_SERVING', 'dhcp note DHCP_NOT_CHECKED'])
  expect(examined.ok).toBe(false)
  const low = {...lab, settings: {...lab.settings, serve: {...lab.settings.serve, tftpPort: 1}}}
  const [tftp] = (await examineLab(low, options)).parts.find(({part}) => part === 'servers')?.findings ?? []
  expect(tftp?.suggestion).toMatch(/^sudo pxectl serve/)
  const [asRoot] = (await examineLab(low, {...options, isRoot: true})).parts.find(({part}) => part === 'servers')?.findings ?? []
  expect(asRoot?.suggestion).toBe('pxectl serve')
})

const NO_LOADERS = ['loaders error LOADER_MISSING', 'loaders error LOADER_MISSING']

test.each<[string, (made: TestLab) => void, string[]]>([
  [
    'there is no TFTP root',
    (made) => rmSync(made.path('tftpboot'), {recursive: true}),
    ['files error TFTP_ROOT_MISSING', ...NO_LOADERS, 'hosts warning IMAGE_NOT_FOUND'],
  ],
  ['one loader is missing', (made) => rmSync(made.path('tftpboot/ipxe.efi')), ['loaders warning LOADER_MISSING']],
  ['no loader is there', (made) => ['ipxe.efi', 'undionly.kpxe'].forEach((name) => rmSync(made.path(`tftpboot/${name}`))), NO_LOADERS],
  [
    'an image is broken, and a host boots it',
    (made) => writeFileSync(made.path('tftpboot/images/debian/image.json'), '{'),
    ['images error IMAGE_BROKEN', 'hosts warning IMAGE_NOT_FOUND'],
  ],
])('%s', async (_, harm, expected) => {
  const {lab, made} = await wholeLab()
  harm(made)
  const findings = found(await examineLab(lab, options))
  expect(findings.filter((finding) => !/^(servers|dhcp) /.test(finding))).toEqual(expected)
})

test('as a command: a line for each part, and exit status 6', async () => {
  const {made} = await wholeLab()
  const answer = await runCommand(Doctor, ['--config', made.config, '--timeout', '1'])
  expect(answer.exitCode).toBe(6)
  expect(answer.stdout).toMatch(/^ok {7}network {2}127\.0\.0\.1/)
  expect(answer.stdout).toContain('pxectl serve')
  expect(answer.stdout.trimEnd()).toMatch(/cannot boot a host yet$/)
  const json = await runCommand(Doctor, ['--config', made.config, '--timeout', '1', '--json'])
  expect(JSON.parse(json.stdout)).toMatchObject({ok: false, parts: expect.any(Array)})
})
