// PXE filesystems in the tests: made by `pxectl fs create` of few packages, booted in virtual machines, used on their serial lines.
import {chmod, mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {debianMirror} from './debian-suite.js'
import type {Lab} from './lab.js'
import type {Machine} from './machine.js'
import {pxectlCommand} from './program.js'
import {mustRun, until} from './programs.js'

export const USER = {name: 'tester', password: 'Lab-4711 "$x\\'} as const

/**
 * Drivers that no emulated machine has make most of a kernel package. Without them a root is packed, fetched and checked in a fraction of
 * the time; what pxectl does is the same.
 */
const FEWER_DRIVERS = `#!/bin/sh
set -e
cd "$1"/lib/modules/*/kernel
rm -rf sound drivers/gpu drivers/media drivers/net/wireless drivers/infiniband drivers/iio drivers/staging drivers/scsi drivers/hwmon net/wireless net/bluetooth
rm -rf drivers/usb/gadget drivers/isdn drivers/mtd drivers/edac drivers/input/touchscreen fs/xfs fs/btrfs fs/ocfs2 fs/gfs2 fs/ceph fs/cifs
chroot "$1" depmod "$(basename "$(cd .. && pwd)")"
`

/** What a root is made from beside packages, in the folder: `hooks`, and the password of USER in `secret`. */
export async function writeRootFiles(folder: string): Promise<{readonly hooks: string; readonly secret: string}> {
  const [hooks, secret] = [join(folder, 'hooks'), join(folder, 'secret')]
  await mkdir(hooks, {recursive: true})
  await writeFile(join(hooks, '10-fewer-drivers'), FEWER_DRIVERS)
  await chmod(join(hooks, '10-fewer-drivers'), 0o755)
  await writeFile(secret, `${USER.password}\n`, {mode: 0o600})
  return {hooks, secret}
}

/** Makes a root, outside of the test network: it has no way to a mirror. `as`: words before the command. */
export async function createRoot(lab: Lab, name: string, style: string, as: readonly string[] = []): Promise<void> {
  const {hooks} = await writeRootFiles(lab.folder)
  const who = ['--user', USER.name, '--password-file', '-']
  const what = ['--style', style, '--suite', 'bookworm', '--mirror', await debianMirror(), '--hook', hooks, ...who]
  const config = ['--config', join(lab.folder, 'pxectl.ini')]
  await mustRun([...as, ...pxectlCommand, 'fs', 'create', name, ...what, ...config], {input: `${USER.password}\n`, timeoutMs: 2_400_000})
}

export async function addRootHost(
  lab: Lab,
  host: {readonly name: string; readonly mac: string; readonly ip: string},
  root: string,
): Promise<void> {
  await lab.must('add-host', host.name, '--mac', host.mac, '--ip', host.ip, '--root', root)
}

/** The serial line as a person uses it: what was read once is not read again. */
export type Console = {
  readonly expect: (pattern: RegExp, timeoutMs?: number) => Promise<RegExpExecArray>
  readonly type: (line: string) => void
  /** Runs a command in the shell; gives what it printed. */
  readonly run: (command: string) => Promise<string>
}

/** On a loaded machine an emulated one is many times slower than alone. */
const BOOT_MS = 1_200_000
const ANSWER_MS = 300_000

export function openConsole(machine: Machine): Console {
  let read = 0
  const expect: Console['expect'] = async (pattern, timeoutMs = ANSWER_MS) => {
    const look = (): RegExpExecArray | undefined => {
      const found = pattern.exec(machine.serial().slice(read))
      if (found === null) return undefined
      read += found.index + found[0].length
      return found
    }
    return until(`${pattern} on the serial line`, timeoutMs, look).catch(async () => machine.waitFor(/$^/, 0) as never)
  }
  let asked = 0
  return {
    expect,
    type: (line) => machine.type(`${line}\n`),
    run: async (command) => {
      const mark = ++asked
      // The line is echoed as it is typed: the marks that it prints are written apart in it.
      machine.type(`echo be''gin-${mark}; ${command}; echo e''nd-${mark}\n`)
      const found = await expect(new RegExp(`begin-${mark}\\n([^]*?)end-${mark}\\n`))
      // The kernel may say something of its own in between.
      return (found[1] ?? '').replace(/^\[ *\d+\.\d{6}\] .*\n/gm, '').trim()
    },
  }
}

/** Waits for the end of the boot, and logs in by typing. */
export async function logIn(machine: Machine, host: string): Promise<Console> {
  const console = openConsole(machine)
  await console.expect(new RegExp(`pxectl: ${host} is up, address `), BOOT_MS)
  console.type('')
  await console.expect(new RegExp(`${host} login: `))
  console.type(USER.name)
  await console.expect(/Password: /)
  console.type(USER.password)
  await console.expect(new RegExp(`${USER.name}@${host}:~\\$ `))
  // Short lines, no colours, no messages of the kernel in between.
  console.type(`PS1='ok> '; TERM=dumb; stty cols 500`)
  await console.expect(/\nok> /)
  return console
}
