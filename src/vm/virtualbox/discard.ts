// Takes away what a create has left: the registration, the files, disks that no machine has. Only what has the spec's UUID, or was
// written into the folder of such a machine.
import {parseLimits} from '../../vboxmanage/listings.js'
import type {HypervisorDoors} from '../doors.js'
import {joinOn} from '../paths.js'
import type {VmSpec} from '../spec.js'
import {vmFolder} from './check.js'
import type {VboxClient} from './client.js'
import {diskPath} from './plan.js'
import {findInfo, folderOf} from './status.js'
import {stateOf} from './words.js'

export async function discardVm(spec: VmSpec, client: VboxClient, {files}: HypervisorDoors): Promise<void> {
  const found = await findInfo(client, spec.uuid)
  const {machineFolder} = parseLimits(await client.mustRun(['list', 'systemproperties']))
  const folder = vmFolder(machineFolder, spec.name)
  if (found === undefined) return discardUnregistered(spec, folder, files)
  if ('problem' in found) {
    await client.mustRun(['unregistervm', spec.uuid], spec.name)
    return discardUnregistered(spec, folder, files)
  }
  const {info} = found
  if (['running', 'paused', 'changing'].includes(stateOf(info.state))) await client.mustRun(['controlvm', spec.uuid, 'poweroff'], spec.name)
  const own = folderOf(info) ?? folder
  await removeLooseDisks(spec, own, client, files)
  await removeSerial(info.values.get('uartmode1'), own, files)
  await client.mustRun(['unregistervm', spec.uuid, '--delete'], spec.name)
}

/** Disks that were made and not attached any more: with the machine VirtualBox removes only those that it has. */
async function removeLooseDisks(spec: VmSpec, folder: string, client: VboxClient, files: HypervisorDoors['files']): Promise<void> {
  for (const port of spec.disks.keys()) {
    const path = diskPath(folder, spec.name, port)
    // It fails, and changes nothing, where the disk is attached.
    if (await files.exists(path)) await client.run(['closemedium', 'disk', path, '--delete'])
  }
}

/** The line's file or socket, where it is beside the machine: VirtualBox leaves it, and the folder with it. */
export async function removeSerial(mode: string | undefined, folder: string, files: HypervisorDoors['files']): Promise<void> {
  const path = serialBeside(mode, folder)
  if (path !== undefined) await files.remove(path)
}

/** `mode` as showvminfo prints it: `file,/lab/tk2/serial.log`. */
export function serialBeside(mode: string | undefined, folder: string): string | undefined {
  const path = /^(?:file|server),(.*)$/.exec(mode ?? '')?.[1]
  return path !== undefined && ['serial.log', 'serial.sock'].some((name) => path === joinOn(folder, name)) ? path : undefined
}

/** A createvm that was killed between writing the settings and registering them. */
async function discardUnregistered({name, uuid}: VmSpec, folder: string, files: HypervisorDoors['files']): Promise<void> {
  const settings = joinOn(folder, `${name}.vbox`)
  if ((await files.find(settings))?.includes(`uuid="{${uuid}}"`) === true) await files.remove(folder)
}
