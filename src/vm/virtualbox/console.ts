// How one reaches the screen and the serial line of a machine of VirtualBox. Pure.
import {quoteWord} from '../../system/exec.js'
import type {VboxLimits} from '../../vboxmanage/listings.js'
import type {VmInfo} from '../../vboxmanage/vm-info.js'
import type {VmConsole} from '../hypervisor.js'

export function consolesOf({values}: VmInfo, {remoteDesktop}: Pick<VboxLimits, 'remoteDesktop'>): VmConsole[] {
  return [...serialConsole(values.get('uartmode1') ?? ''), ...screenConsole(values, remoteDesktop)]
}

function serialConsole(mode: string): VmConsole[] {
  const [, kind, path = ''] = /^(server|file),(.+)$/.exec(mode) ?? []
  if (kind === 'file') return [{kind: 'serial-file', path, command: `tail -f ${quoteWord(path)}`}]
  return kind === 'server'
    ? [{kind: 'serial-socket', path, command: `socat -,raw,echo=0,escape=0x1d ${quoteWord(`UNIX-CONNECT:${path}`)}`}]
    : []
}

/** The protocol is that of the extension pack: RDP with Oracle's, VNC with the one that distributions build in. */
function screenConsole(values: VmInfo['values'], remoteDesktop: string | undefined): VmConsole[] {
  const port = Number(/^\d+/.exec(values.get('vrdeports') ?? '')?.[0] ?? 0)
  if (values.get('vrde') !== 'on' || port === 0) return []
  const host = values.get('vrdeaddress') || '127.0.0.1'
  const isVnc = remoteDesktop === 'VNC'
  return [{kind: isVnc ? 'vnc' : 'vrde', host, port, command: isVnc ? `vncviewer ${host}::${port}` : `rdesktop ${host}:${port}`}]
}
