// The files of one QEMU machine, all in a folder of its own. The script `run` is the machine: what it is, and the mark that pxectl made
// it, are read from there, so nothing that stands elsewhere can contradict it.
import {findMac, type Mac} from '../../net/mac.js'

export const FILES = {
  run: 'run',
  qmp: 'qmp.sock',
  serialSocket: 'serial.sock',
  serialLog: 'serial.log',
  variables: 'nvram.fd',
  /** Seconds since 1970, written as it starts. */
  started: 'started',
  /** The exit status of QEMU, written as it ends. */
  ended: 'ended',
  pid: 'pid',
  log: 'log',
} as const

export function diskFile(index: number): string {
  return `disk${index}.qcow2`
}

/** The script that joins a card to a bridge (QEMU runs it with the name of the tap device). */
export function bridgeFile(index: number): string {
  return `join${index}`
}

/** The folder of a machine. */
export function folderOf(vmFolder: string, name: string): string {
  return `${vmFolder}/${name}`
}

/** Where it is made; one rename makes it a machine. The dot keeps it out of every list. */
export function partFolderOf(vmFolder: string, {name, uuid}: {readonly name: string; readonly uuid: string}): string {
  return `${vmFolder}/.${name}.${uuid}.part`
}

export function renderMark(uuid: string): string {
  return `# pxectl vm ${uuid}`
}

/** What a `run` script says of its machine. */
export type RunFacts = {
  readonly uuid: string | undefined
  readonly isMarked: boolean
  readonly cpus: number | undefined
  readonly memoryMiB: number | undefined
  readonly macs: readonly Mac[]
  readonly firmware: 'bios' | 'uefi'
}

export function parseRun(text: string): RunFacts {
  const number = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const uuid = /^# pxectl vm ([0-9a-f-]{36})$/m.exec(text)?.[1]
  return {
    uuid: uuid ?? /\s-uuid ([0-9a-f-]{36})/.exec(text)?.[1],
    isMarked: uuid !== undefined,
    cpus: number(/\s-smp (\d+)/),
    memoryMiB: number(/\s-m (\d+)/),
    macs: [...text.matchAll(/[,']mac=([0-9a-f:]{17})/g)].flatMap(([, mac = '']) => findMac(mac) ?? []),
    firmware: /if=pflash/.test(text) ? 'uefi' : 'bios',
  }
}
