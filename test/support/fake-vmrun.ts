// What vmrun and vmware-vdiskmanager answer, by what VMware's users have recorded: VMware itself cannot be had for tests. Errors are on
// stdout with status 255, flags stand before the command, and what runs is told by the path of its file.
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import type {CommandLine, Exec, Finished} from '../../src/system/exec.js'

export type FakeVmware = {
  readonly exec: Exec
  /** The next disk is not made. */
  failNextDisk: () => void
  /** A hard stop works, and is reported as a failure, as Packer has seen it. */
  lieAboutStops: () => void
  /** Everything that was run. */
  readonly calls: readonly string[]
}

export function fakeVmware(): FakeVmware {
  let [running, diskFails, stopsLie]: [string[], boolean, boolean] = [[], false, false]
  const calls: string[] = []
  const vmrun = ([flag, , command, path = '', how]: readonly string[]): Partial<Finished> => {
    if (flag === undefined)
      return answer('\nvmrun version 1.17.0 build-24409262\n\nUsage: vmrun [AUTHENTICATION-FLAGS] COMMAND [PARAMETERS]', 255)
    if (flag !== '-T') return failed(`Unrecognized command: ${flag}`)
    if (command === 'list') return answer([`Total running VMs: ${running.length}`, ...running].join('\n'))
    if (!existsSync(path)) return failed(`Cannot open VM: ${path}, The virtual machine cannot be found`)
    const text = readFileSync(path, 'utf8')
    if (!/^config\.version = "8"$/m.test(text)) return failed(`Cannot open VM: ${path}, Cannot read the virtual machine configuration file`)
    const isRunning = running.includes(path)
    switch (command) {
      case 'start': {
        const mac = /^ethernet0\.address = "(.*)"$/m.exec(text)?.[1] ?? ''
        if (!/^00:50:56:[0-3]/.test(mac) && !/^ethernet0\.checkMACAddress = "FALSE"$/m.test(text)) {
          return failed(`${mac} is not an allowed static Ethernet address. It conflicts with VMware reserved MACs`)
        }
        running = [...running.filter((other) => other !== path), path]
        return answer('')
      }
      case 'deleteVM':
        if (isRunning) return failed('The virtual machine should not be powered on. It is already running.')
        for (const [, disk = ''] of text.matchAll(/fileName = "([^"/]*\.vmdk)"/g)) rmSync(join(dirname(path), disk), {force: true})
        rmSync(path)
        return answer('')
      case 'stop':
      case 'reset':
        if (!isRunning) return failed(`The virtual machine is not powered on: ${path}`)
        if (how === 'soft') return failed(`The VMware Tools are not running in the virtual machine: ${path}`)
        if (command === 'stop') running = running.filter((other) => other !== path)
        return command === 'stop' && stopsLie ? failed('The operation was canceled') : answer('')
      default:
        return failed(`Unrecognized command: ${command ?? ''}`)
    }
  }
  const makeDisk = (path: string): Partial<Finished> => {
    if (diskFails) {
      diskFails = false
      return answer('Failed to create disk: There is not enough space in the file system', 1)
    }
    writeFileSync(path, '')
    return answer(`Creating disk '${path}'\nVirtual disk creation successful.`)
  }
  return {
    calls,
    failNextDisk: () => void (diskFails = true),
    lieAboutStops: () => void (stopsLie = true),
    exec: async ({file, args}: CommandLine) => {
      calls.push([file, ...args].join(' '))
      const got = file === 'vmrun' ? vmrun(args) : file === 'vmware-vdiskmanager' ? makeDisk(args.at(-1) ?? '') : undefined
      if (got === undefined) throw new Error(`not a program of VMware: ${file}`)
      return {exitCode: 0, stdout: '', stderr: '', timedOut: false, ...got}
    },
  }
}

const answer = (text: string, exitCode = 0): Partial<Finished> => ({stdout: `${text}\n`, exitCode})
const failed = (text: string): Partial<Finished> => answer(`Error: ${text}`, 255)
