// VirtualBox: everything by VBoxManage, as the user who asks, one call after the other.
import {parseLimits} from '../../vboxmanage/listings.js'
import type {HypervisorDoors} from '../doors.js'
import type {Hypervisor, HypervisorTraits} from '../hypervisor.js'
import {applyPlan} from './apply.js'
import {checkVboxSpec, NETWORKS} from './check.js'
import {openClient, TITLE} from './client.js'
import {consolesOf} from './console.js'
import {discardVm} from './discard.js'
import {getInfo, planSteps} from './plan-action.js'
import {moduleNote} from './start-failure.js'
import {findStatus, listStatuses} from './status.js'
import {NIC_MODELS} from './words.js'

const TRAITS: HypervisorTraits = {
  kind: 'virtualbox',
  title: TITLE,
  memoryStepMiB: 1,
  // Its machines stop at what they print where nobody reads the socket (seen with 7.2: PXELINUX stays before its menu).
  serial: 'file',
  nicModels: NIC_MODELS,
  networks: NETWORKS,
  identity: 'uuid',
}

/** `sleep` is replaced in tests. */
export function openVirtualbox(
  doors: HypervisorDoors,
  sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds)),
): Hypervisor {
  const client = openClient(doors, sleep)
  return {
    traits: TRAITS,
    probe: async () => {
      const {build} = await client.version()
      const {file} = await client.command([])
      const note = await moduleNote(doors)
      return {program: file, version: build, notes: note === undefined ? [] : [note]}
    },
    checkSpec: (spec) => checkVboxSpec(spec, {client, platform: doors.platform}),
    list: () => listStatuses(client, doors.now()),
    find: (vm) => findStatus(client, vm, doors.now()),
    plan: async (action) => ({action, steps: await planSteps(action, client, doors)}),
    apply: (plan, options) => applyPlan(plan, {client, doors, onProgress: options?.onProgress ?? (() => undefined)}),
    discard: (spec) => discardVm(spec, client, doors),
    console: async (vm) => consolesOf(await getInfo(vm, client), parseLimits(await client.mustRun(['list', 'systemproperties']))),
  }
}
