// Finding and running VBoxManage. What it does is recorded elsewhere; here it answers what each test wants.
import {expect, test} from 'vitest'
import {PxectlError} from '../../src/errors.js'
import {exec, type CommandLine, type Finished} from '../../src/system/exec.js'
import {openVBoxManage, type VBoxManageParts} from '../../src/vboxmanage/program.js'
import {errorOf} from '../dhcp/fake-dhcpd.js'

const open = (answer: (command: CommandLine) => Partial<Finished> | Promise<Partial<Finished>>, parts: Partial<VBoxManageParts> = {}) =>
  openVBoxManage({
    exec: async (command) => ({exitCode: 0, stdout: '', stderr: '', timedOut: false, ...(await answer(command))}),
    fileExists: async () => false,
    platform: 'linux',
    environment: {},
    ...parts,
  })

test('VirtualBox is not installed', async () => {
  const vbox = openVBoxManage({
    exec: (command) => exec({...command, file: '/nonexistent/VBoxManage'}),
    fileExists: async () => false,
    platform: 'linux',
    environment: {},
  })
  const error = await errorOf(vbox.version())
  expect(error).toMatchObject({code: 'PROGRAM_MISSING', kind: 'environment'})
  expect(error.message).toContain('VirtualBox is not installed')
})

test.each([
  ['linux', {}, [], 'VBoxManage'],
  ['darwin', {}, ['/Applications/VirtualBox.app/Contents/MacOS/VBoxManage'], '/Applications/VirtualBox.app/Contents/MacOS/VBoxManage'],
  ['win32', {VBOX_MSI_INSTALL_PATH: 'D:\\VBox\\'}, ['D:\\VBox\\VBoxManage.exe'], 'D:\\VBox\\VBoxManage.exe'],
] as const)('on %s it is found where the installer puts it', async (platform, environment, files, file) => {
  const vbox = open(() => ({}), {platform, environment, fileExists: async (path) => (files as readonly string[]).includes(path)})
  expect((await vbox.command(['list', 'vms'])).file).toBe(file)
})

test('the locale knows letters beyond ASCII', async () => {
  expect((await open(() => ({})).command([])).locale).toBe('C.UTF-8')
})

test('a version that is too old, or none, is refused', async () => {
  expect(await errorOf(open(() => ({stdout: '6.0.24r139119\n'})).version())).toMatchObject({code: 'VIRTUALBOX_OLD', kind: 'environment'})
  expect(await errorOf(open(() => ({stdout: 'hello\n'})).version())).toMatchObject({code: 'VBOXMANAGE_FAILED'})
})

test('a failure names what was run, and what VirtualBox said', async () => {
  const stderr =
    "VBoxManage: error: Could not find a registered machine named 'x'\nVBoxManage: error: Details: code VBOX_E_OBJECT_NOT_FOUND (0x80bb0001), …\n"
  const error = await errorOf(open(() => ({exitCode: 1, stderr})).mustRun(['showvminfo', 'x y']))
  expect(error).toMatchObject({kind: 'external', details: {command: "VBoxManage showvminfo 'x y'", virtualbox: 'VBOX_E_OBJECT_NOT_FOUND'}})
  expect(error.message).toContain("named 'x'")
})

test('one runs at a time, and a failure does not keep the next one', async () => {
  let running = 0
  const seen: number[] = []
  const vbox = open(async ({args}) => {
    seen.push(++running)
    await new Promise(setImmediate)
    running--
    if (args[0] === 'bad') throw new PxectlError('no', {code: 'X', kind: 'external'})
    return {}
  })
  const all = [vbox.run(['one']), vbox.run(['bad']), vbox.run(['two'])]
  expect((await Promise.allSettled(all)).map(({status}) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(seen).toEqual([1, 1, 1])
})

test('a service that is about to end sends whoever comes away: it is asked once more', async () => {
  let calls = 0
  const stderr = 'VBoxManage: error: Failed to create the VirtualBox object!\n'
  const vbox = open(() => (++calls === 1 ? {exitCode: 1, stderr} : {stdout: 'fine'}))
  expect(await vbox.mustRun(['list', 'vms'])).toBe('fine')
  const broken = open(() => ({exitCode: 1, stderr}))
  expect(await errorOf(broken.mustRun(['list', 'vms']))).toMatchObject({code: 'VBOXMANAGE_FAILED'})
})
