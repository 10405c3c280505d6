// The real VBoxManage is told what pxectl declares. No network: its DHCP server itself needs VirtualBox's kernel modules, and is not run.
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openVirtualboxServer} from '../../src/dhcp/virtualbox.js'
import {exec, type CommandLine} from '../../src/system/exec.js'
import {openVBoxManage} from '../../src/vboxmanage/program.js'
import {testBackEnd, type BackEndScene} from '../dhcp/back-end-suite.js'
import {errorOf, type JsonObject} from './support/lab.js'
import {projectFolder, pxectlCommand} from './support/program.js'
import {run, type Finished} from './support/programs.js'
import {openVirtualbox, type Virtualbox} from './support/virtualbox.js'

let folder: string
let virtualbox: Virtualbox

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `pxe2e-virtualbox-${process.pid}-`))
  virtualbox = await openVirtualbox(folder, `pxe2e${process.pid}`)
}, 900_000)

afterAll(async () => {
  await virtualbox.close()
  await rm(folder, {recursive: true, force: true})
})

let networks = 0

/** A network of VirtualBox with a DHCP server; beyond ASCII, which VBoxManage does not take in the C locale. */
async function addNetwork(): Promise<string> {
  const network = `Läb-${++networks}`
  const addresses = ['--server-ip=10.0.0.2', '--netmask=255.255.255.0', '--lower-ip=10.0.0.100', '--upper-ip=10.0.0.199']
  await virtualbox.manage('dhcpserver', 'add', `--network=${network}`, ...addresses, '--enable')
  return network
}

async function openScene(): Promise<BackEndScene> {
  const network = await addNetwork()
  const calls: string[] = []
  let restartFails = false
  const server = openVirtualboxServer({
    vbox: openVBoxManage({
      exec: (command: CommandLine) => exec({...command, file: virtualbox.program}),
      fileExists: async () => false,
      platform: 'linux',
      environment: {},
    }),
    network,
    stateFolder: join(folder, 'state'),
    bootOptionsScope: 'global',
    restart: 'restart-it',
    restartExec: async () => {
      calls.push('restart')
      return {exitCode: restartFails ? 1 : 0, stdout: '', stderr: '', timedOut: false}
    },
  })
  const path = `virtualbox:${network}`
  return {
    server,
    files: async () => ({[path]: String(await server.held?.read(path))}),
    refuseTests: () => undefined,
    failRestarts: () => void (restartFails = true),
    calls: () => calls.splice(0),
    changeByHand: () => virtualbox.manage('dhcpserver', 'modify', `--network=${network}`, '--global', '--set-opt=3', '10.0.0.1'),
  }
}

testBackEnd({name: 'virtualbox, with the real VBoxManage', open: openScene, canTest: false, hasOneFile: true})

type Lab = {
  readonly pxectl: (...args: string[]) => Promise<Finished & {readonly json: JsonObject}>
  readonly must: (...args: string[]) => Promise<JsonObject>
}

/** A lab on a network of VirtualBox, used through the built program. */
async function makeLab(network: string): Promise<Lab> {
  const lab = await mkdtemp(join(folder, 'lab-'))
  const env = {PATH: `${virtualbox.bin}:${process.env['PATH'] ?? ''}`}
  const pxectl: Lab['pxectl'] = async (...args) => {
    const finished = await run([...pxectlCommand, ...args, '--json'], {cwd: lab, env})
    return {...finished, json: finished.exitCode === null ? {} : (JSON.parse(finished.stdout) as JsonObject)}
  }
  const must: Lab['must'] = async (...args) => {
    const finished = await pxectl(...args)
    expect(finished, finished.stdout).toMatchObject({exitCode: 0})
    return finished.json
  }
  const where = ['--server', '10.0.0.1', '--subnet', '10.0.0.0/24', '--range', '10.0.0.10-10.0.0.50']
  const dhcp = ['--dhcp', 'virtualbox', '--dhcp-config', network, '--boot-options', 'global', '--loader', 'pxelinux']
  await must('init', '.', ...where, ...dhcp, '--defaults')
  return {pxectl, must}
}

const state = async (network: string): Promise<string> =>
  (await virtualbox.manage('list', 'dhcpservers')).split(/^(?=NetworkName:)/m).find((text) => text.includes(`${network}\n`)) ?? ''

const codes = (answer: JsonObject): string[] => (answer['findings'] as {code: string}[]).map(({code}) => code)

test('a host is added, changed, checked, rolled back and removed; then VirtualBox has what it had', async () => {
  const network = await addNetwork()
  const before = await state(network)
  const lab = await makeLab(network)
  await lab.must('add-host', 'tk1', '--mac', '08:00:27:a1:b2:c3', '--ip', '10.0.0.21')
  const added = await state(network)
  expect(added).toContain('67/legacy: tftp://10.0.0.1/pxelinux.0')
  expect(added).toMatch(/MAC 08:00:27:a1:b2:c3\n +Fixed Address: +10\.0\.0\.21\n/)
  expect(added).toContain('12/legacy: tk1')
  expect(await lab.must('dhcp', 'diff')).toMatchObject({changed: false})

  await lab.must('host', 'set', 'tk1', '--ip', '10.0.0.22', '--mac', '08:00:27:a1:b2:c4')
  expect(await state(network)).toMatch(/MAC 08:00:27:a1:b2:c4\n +Fixed Address: +10\.0\.0\.22\n/)
  await virtualbox.manage('dhcpserver', 'modify', `--network=${network}`, '--mac-address=08:00:27:a1:b2:c4', '--fixed-address=10.9.9.9')
  expect(codes((await lab.pxectl('dhcp', 'check')).json)).toEqual(expect.arrayContaining(['DHCP_IP_OFF_SUBNET', 'DHCP_DISAGREES']))
  await lab.must('dhcp', 'apply')
  expect(await state(network)).toMatch(/Fixed Address: +10\.0\.0\.22\n/)

  const {backups} = (await lab.must('dhcp', 'rollback', '--list')) as {backups: {time: string}[]}
  expect(backups).toHaveLength(3)
  await lab.must('dhcp', 'rollback', backups[1]?.time ?? '', '--yes')
  expect(await state(network)).toBe(added)
  await lab.must('dhcp', 'apply')

  await lab.must('host', 'remove', 'tk1', '--yes')
  await lab.must('config', 'set', 'dhcp.boot-options', 'none')
  await virtualbox.manage('dhcpserver', 'modify', `--network=${network}`, '--del-opt=66', '--del-opt=67', '--del-opt=224')
  expect(await state(network)).toBe(before)
})

test('a network without a DHCP server: the error has the command that makes one, and that works', async () => {
  const network = `new-${++networks}`
  const lab = await makeLab(network)
  const refused = await lab.pxectl('add-host', 'tk1', '--mac', '08:00:27:a1:b2:c3', '--ip', '10.0.0.21')
  expect(refused.exitCode).toBe(3)
  expect(errorOf(refused).code).toBe('DHCP_NETWORK_MISSING')
  expect(await lab.must('host', 'list')).toMatchObject({hosts: []})
  const words = /^make one: VBoxManage (.*)$/.exec(errorOf(refused).suggestions[0] ?? '')?.[1]?.split(' ') ?? []
  await virtualbox.manage(...words)
  await lab.must('add-host', 'tk1', '--mac', '08:00:27:a1:b2:c3', '--ip', '10.0.0.21')
})

test('a pxectl that is killed in the middle is undone by the next one, also in VirtualBox', async () => {
  const network = await addNetwork()
  const lab = await makeLab(network)
  await lab.must('add-host', 'tk1', '--mac', '08:00:27:a1:b2:c3', '--ip', '10.0.0.21')
  const before = await state(network)
  await virtualbox.killNextCaller()
  expect((await lab.pxectl('add-host', 'tk2', '--mac', '08:00:27:a1:b2:c4', '--ip', '10.0.0.22')).signal).toBe('SIGKILL')
  expect(await state(network)).toContain('12/legacy: tk2')
  const listed = await lab.pxectl('host', 'list')
  expect(listed.json).toMatchObject({hosts: [{name: 'tk1'}]})
  expect(listed.stderr).toContain('an interrupted change was undone')
  expect(await state(network)).toBe(before)
})

test('what `dhcp show` prints is taken in by VBoxManage, and is what `dhcp apply` wants', async () => {
  const network = await addNetwork()
  const lab = await makeLab(network)
  const before = await state(network)
  await lab.must('add-host', 'tk1', '--mac', '08:00:27:a1:b2:c3', '--ip', '10.0.0.21')
  const after = await state(network)
  await lab.must('dhcp', 'rollback', '--yes')
  expect(await state(network)).toBe(before)
  const {text} = await lab.must('dhcp', 'show')
  const finished = await run(['sh', '-e', '-c', String(text)], {
    env: {PATH: `${virtualbox.bin}:${process.env['PATH'] ?? ''}`, LC_ALL: 'C.UTF-8'},
    cwd: projectFolder,
  })
  expect(finished, finished.stderr).toMatchObject({exitCode: 0})
  expect(await state(network)).toBe(after)
  expect(await lab.must('dhcp', 'diff')).toMatchObject({changed: false})
})

test('a machine of VirtualBox: told by its card where it is at the network, by NAT where it is there, and all of it is undone', async () => {
  const network = await addNetwork()
  const before = await state(network)
  const lab = await makeLab(network)
  await virtualbox.manage('createvm', '--name', 'tk5', '--ostype', 'Linux_64', '--register')
  await virtualbox.manage('modifyvm', 'tk5', '--nic1', 'intnet', '--intnet1', network, '--macaddress1', '080027A1B2C3', '--firmware', 'efi')
  const info = await virtualbox.manage('showvminfo', 'tk5', '--machinereadable')
  const [uuid, file] = ['UUID', 'CfgFile'].map((key) => new RegExp(`^${key}="(.*)"$`, 'm').exec(info)?.[1] ?? '')
  const settings = (): Promise<string> => readFile(file ?? '', 'utf8')
  await lab.must('add-host', 'tk5', '--mac', '08:00:27:a1:b2:c3', '--ip', '10.0.0.21', '--firmware', 'uefi')
  const declared = await state(network)
  expect(declared).toMatch(new RegExp(`VM NIC: ${uuid} slot 0, MAC 08:00:27:a1:b2:c3\\n +Fixed Address: +10\\.0\\.0\\.21\\n`))
  expect(declared).toMatch(/Group: +pxectl-uefi\n +Conditions: +include MAC +08:00:27:a1:b2:c3\n/)
  expect(declared).toContain('67/legacy: tftp://10.0.0.1/ipxe.efi')
  const check = async (): Promise<string[]> => codes((await lab.pxectl('dhcp', 'check')).json).filter((code) => code.startsWith('VM_'))
  expect(await check()).toEqual([])

  await virtualbox.manage('modifyvm', 'tk5', '--nic1', 'nat', '--firmware', 'bios')
  const bare = await settings()
  expect(await check()).toEqual(['VM_NETWORK_DIFFERS'])
  const diff = JSON.stringify(await lab.must('dhcp', 'diff'))
  expect(diff).toContain('nattftpfile=pxelinux.0')
  expect(await settings(), 'diff changes nothing').toBe(bare)
  await lab.must('dhcp', 'apply')
  expect(await settings()).toMatch(/<NAT [^>]*enable-tftp="true">\s*<TFTP (?:prefix="" )?boot-file="pxelinux.0" next-server="10.0.0.1"\/>/)
  expect(await lab.must('dhcp', 'diff')).toMatchObject({changed: false})
  await lab.must('dhcp', 'rollback', '--yes')
  expect(await settings()).not.toContain('TFTP')
  expect(await state(network)).toBe(declared)

  // Without a server at the port that firmware asks, VirtualBox's own serves the same files.
  await lab.must('config', 'set', 'serve.tftp-port', '6969')
  await lab.must('dhcp', 'apply')
  expect(await settings()).toMatch(/<TFTP prefix="[^"]+\/tftpboot" boot-file="pxelinux.0"(?: next-server="")?\/>/)
  await lab.must('host', 'remove', 'tk5', '--yes')
  expect(await settings()).not.toMatch(/TFTP|pxectl/)
  await lab.must('config', 'set', 'dhcp.boot-options', 'none')
  await virtualbox.manage('dhcpserver', 'modify', `--network=${network}`, '--del-opt=66', '--del-opt=67', '--del-opt=224')
  expect(await state(network)).toBe(before)
  await virtualbox.manage('unregistervm', 'tk5', '--delete')
})

test('a pxectl that is killed between a network and its machine is undone in both', async () => {
  const network = await addNetwork()
  const lab = await makeLab(network)
  await virtualbox.manage('createvm', '--name', 'tk9', '--ostype', 'Linux_64', '--register')
  await virtualbox.manage('modifyvm', 'tk9', '--nic1', 'nat', '--macaddress1', '080027A1B2C9')
  const before = await state(network)
  await virtualbox.killNextCaller('modifyvm')
  expect((await lab.pxectl('add-host', 'tk9', '--mac', '08:00:27:a1:b2:c9', '--ip', '10.0.0.29')).signal).toBe('SIGKILL')
  const file = /^CfgFile="(.*)"$/m.exec(await virtualbox.manage('showvminfo', 'tk9', '--machinereadable'))?.[1] ?? ''
  expect(await readFile(file, 'utf8')).toContain('pxelinux.0')
  expect((await lab.pxectl('host', 'list')).stderr).toContain('an interrupted change was undone')
  expect(await readFile(file, 'utf8')).not.toContain('TFTP')
  expect(await state(network)).toBe(before)
  await virtualbox.manage('unregistervm', 'tk9', '--delete')
})

test('a machine that this DHCP server never hears is found, and the printed commands are ones that VBoxManage takes', async () => {
  const network = await addNetwork()
  const lab = await makeLab(network)
  await lab.must('add-host', 'tk1', '--mac', '08:00:27:a1:b2:c3', '--ip', '10.0.0.21')
  await virtualbox.manage('createvm', '--name', 'tk1', '--ostype', 'Linux_64', '--register')
  await virtualbox.manage('modifyvm', 'tk1', '--nic1', 'nat', '--macaddress1', '080027A1B2C3', '--firmware', 'efi')
  const find = async (): Promise<{code: string; message: string; suggestion: string}[]> =>
    ((await lab.pxectl('dhcp', 'check')).json['findings'] as {code: string; message: string; suggestion: string}[]).filter(({code}) =>
      code.startsWith('VM_'),
    )
  const runSuggestion = (text: string | undefined): Promise<string> =>
    virtualbox.manage(
      ...(/VBoxManage (.*)$/
        .exec(text ?? '')?.[1]
        ?.replaceAll("'", '')
        .split(' ') ?? []),
    )
  const [nat, firmware] = await find()
  expect(nat?.message).toContain('is at NAT')
  expect(nat?.suggestion).toContain('pxectl dhcp apply')
  await lab.must('config', 'set', 'dhcp.boot-options', 'none')
  const [byHand] = await find()
  expect(byHand?.suggestion).toContain('--nat-enable-tftp1 on')
  expect(firmware?.code).toBe('VM_FIRMWARE_UEFI')
  await runSuggestion(byHand?.suggestion)
  await runSuggestion(firmware?.suggestion.split(',')[0])
  await virtualbox.manage('modifyvm', 'tk1', '--nic1', 'intnet', '--intnet1', 'elsewhere')
  const [elsewhere, ...others] = await find()
  expect(others).toEqual([])
  await runSuggestion(elsewhere?.suggestion)
  expect(await find()).toEqual([])
})
