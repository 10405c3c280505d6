// The serial line of a VM on the terminal that pxectl was started in.
import {joinConsole} from '../operations/console-vm.js'

/** Joined until Ctrl-] is typed, or the VM ends. */
export function joinTerminal(socket: string): Promise<void> {
  return joinConsole(socket, {input: process.stdin, output: process.stdout})
}
