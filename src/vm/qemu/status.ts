// What a QEMU machine is and does, from its folder and its monitor.
import {PxectlError} from '../../errors.js'
import type {HypervisorDoors} from '../doors.js'
import type {VmStatus} from '../hypervisor.js'
import {FILES, parseRun} from './files.js'
import {askQmp, renderQmp} from './qmp.js'

/** The machine of a folder, or undefined where there is none. */
export async function findQemuStatus(doors: HypervisorDoors, folder: string): Promise<VmStatus | undefined> {
  const {files} = doors
  const name = folder.split('/').at(-1) ?? ''
  const text = await files
    .find(`${folder}/${FILES.run}`)
    .catch((error: unknown) => (error instanceof PxectlError ? error : Promise.reject(error)))
  if (text instanceof PxectlError) return inaccessible(name, folder, text.message)
  if (text === undefined) return (await files.exists(folder)) ? inaccessible(name, folder, `there is no ${folder}/${FILES.run}`) : undefined
  const {uuid = '', ...facts} = parseRun(text)
  const known = {name, uuid, path: folder, ...facts}
  const run = await askState(doors, folder)
  if (run === 'off') return {...known, ...(await howItEnded(doors, folder)), uptimeSeconds: undefined}
  const started = Number(await files.find(`${folder}/${FILES.started}`))
  return {...known, ...run, uptimeSeconds: Number.isFinite(started) ? Math.max(0, Math.floor(doors.now() / 1000 - started)) : undefined}
}

function inaccessible(name: string, path: string, problem: string): VmStatus {
  const unknown = {cpus: undefined, memoryMiB: undefined, firmware: undefined, uptimeSeconds: undefined}
  return {name, uuid: '', path, state: 'inaccessible', isMarked: false, macs: [], ...unknown, problem}
}

/** RunState of QEMU's qapi/run-state.json. */
const PAUSED = ['paused', 'suspended', 'prelaunch', 'inmigrate', 'postmigrate', 'finish-migrate']
const IN_TROUBLE = ['guest-panicked', 'internal-error', 'io-error', 'watchdog']

async function askState(doors: HypervisorDoors, folder: string): Promise<'off' | Pick<VmStatus, 'state' | 'problem'>> {
  const path = `${folder}/${FILES.qmp}`
  if (!(await doors.files.exists(path))) return 'off'
  try {
    const status = String((await askQmp(await doors.openSocket(path), renderQmp('query-status')))['status'])
    if (IN_TROUBLE.includes(status)) return {state: 'running', problem: status}
    return {state: PAUSED.includes(status) ? 'paused' : status === 'shutdown' ? 'changing' : 'running', problem: undefined}
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    if (error.code === 'SOCKET_UNREACHABLE' && !isRefusedToUs(error)) return 'off'
    // The socket of a remote machine is always reached; where nobody listens there, the conversation ends before it began.
    if (error.code === 'QMP_FAILED' && error.details['reason'] === 'it ended the conversation') return 'off'
    return {state: 'running', problem: error.message}
  }
}

/** Somebody listens, but not to us. */
function isRefusedToUs({details}: PxectlError): boolean {
  return details['reason'] === 'EACCES' || details['reason'] === 'EAGAIN'
}

async function howItEnded({files}: HypervisorDoors, folder: string): Promise<Pick<VmStatus, 'state' | 'problem'>> {
  const status = (await files.find(`${folder}/${FILES.ended}`))?.trim()
  if (status === undefined || status === '0') return {state: 'poweroff', problem: undefined}
  return {state: 'crashed', problem: await lastWords({files}, folder)}
}

/** The last line that QEMU printed. */
export async function lastWords({files}: Pick<HypervisorDoors, 'files'>, folder: string): Promise<string> {
  const lines = ((await files.find(`${folder}/${FILES.log}`)) ?? '').trim().split('\n')
  return lines.at(-1) || 'QEMU gave no reason'
}
