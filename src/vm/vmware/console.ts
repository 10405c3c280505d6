// How one reaches the screen and the serial line of a machine of VMware. Pure.
import {quoteWord} from '../../system/exec.js'
import type {VmConsole} from '../hypervisor.js'
import {parseVmx} from './vmx.js'

export function consolesOf(vmx: string): VmConsole[] {
  const {values} = parseVmx(vmx)
  const [kind, path = ''] = [values.get('serial0.filetype'), values.get('serial0.filename')]
  const port = Number(values.get('remotedisplay.vnc.port') ?? 0)
  const host = '127.0.0.1'
  return [
    ...(kind === 'file' ? [{kind: 'serial-file' as const, path, command: `tail -f ${quoteWord(path)}`}] : []),
    ...(kind === 'pipe'
      ? [{kind: 'serial-socket' as const, path, command: `socat -,raw,echo=0,escape=0x1d ${quoteWord(`UNIX-CONNECT:${path}`)}`}]
      : []),
    ...(port > 0 ? [{kind: 'vnc' as const, host, port, command: `vncviewer ${host}::${port}`}] : []),
  ]
}
