// How to reach the screen and the serial line of a VM; joining a serial line with this terminal.
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {quoteWord} from '../system/exec.js'
import {joinSocket} from '../system/unix-socket.js'
import type {VmConsole} from '../vm/hypervisor.js'
import {findVms, vmUnknown, type VmFilter} from './list-vms.js'
import {targetOf, targetOfRecord} from './vm-place.js'

export type VmConsoles = {
  readonly name: string
  readonly machine: string | null
  readonly state: string
  readonly consoles: readonly VmConsole[]
  /** A path on this machine that leads to its serial line, where that is a socket and the VM runs. */
  readonly socket: string | undefined
}

/** Throws VM_NOT_FOUND, and VM_NO_CONSOLE for one that was made without. */
export async function findConsoles(
  lab: Lab,
  name: string,
  where: Pick<VmFilter, 'hypervisor' | 'machine'>,
  now: Date,
): Promise<VmConsoles> {
  const {found} = await findVms(lab, {...where, names: [name], foreign: true}, now)
  const [one] = found
  if (one === undefined)
    throw vmUnknown(
      name,
      (await lab.vms.list()).map((record) => record.name),
    )
  const {vm, record, status, hypervisor} = one
  const consoles = status === undefined || hypervisor === undefined ? [] : await hypervisor.console(status)
  if (consoles.length === 0) throw noConsole(vm.name)
  const serial = consoles.find(({kind}) => kind === 'serial-socket')
  const doors = await lab.hypervisors.doors(record === undefined ? await targetOf(lab, where.machine) : targetOfRecord(record))
  const isOn = vm.state === 'running' || vm.state === 'paused'
  const socket = serial !== undefined && 'path' in serial && isOn ? await doors.reachSocket(serial.path) : undefined
  return {name: vm.name, machine: vm.machine, state: vm.state, consoles, socket}
}

/** Ctrl-], as telnet(1) has it. */
const ESCAPE = 0x1d

/** Joins the serial line with this terminal until Ctrl-] is typed, or the VM ends. */
export async function joinConsole(socket: string, terminal: {input: NodeJS.ReadStream; output: NodeJS.WriteStream}): Promise<void> {
  terminal.input.setRawMode(true)
  try {
    await joinSocket(socket, {...terminal, escape: ESCAPE})
  } finally {
    terminal.input.setRawMode(false)
  }
}

function noConsole(name: string): PxectlError {
  return new PxectlError(`${name} has neither a serial line nor a screen that can be reached`, {
    code: 'VM_NO_CONSOLE',
    kind: 'notFound',
    details: {name},
    suggestions: [
      `make it with one: pxectl vm create … --serial socket, or --screen-port 5901`,
      `see it in a window: pxectl vm start ${quoteWord(name)} --gui`,
    ],
  })
}
