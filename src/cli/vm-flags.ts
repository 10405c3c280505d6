// Flags that mean the same in every command about VMs, and what they mean as values.
import {Flags} from '@oclif/core'
import type {VmFilter} from '../operations/list-vms.js'
import {hypervisorKinds, vmStates} from '../operations/vm-values.js'
import type {MachineChoice} from '../operations/vm-place.js'

/** Where VMs are. */
export const placeFlags = {
  on: Flags.string({description: 'the machine that runs them, by ssh; without it: this one', helpValue: 'MACHINE'}),
  'remote-user': Flags.string({description: 'user there; without it, as ~/.ssh/config says', helpValue: 'root'}),
  port: Flags.integer({description: 'port of the ssh server there', min: 1, max: 65_535}),
  hypervisor: Flags.option({options: hypervisorKinds, description: 'the hypervisor'})(),
}

/** Which of them. */
export const choiceFlags = {
  ...placeFlags,
  all: Flags.boolean({description: 'every VM of this lab that fits the other flags', default: false}),
  state: Flags.string({description: 'only those in this state', options: [...vmStates, 'gone', 'unknown']}),
}

/** How many at once. */
export const paceFlags = {
  parallel: Flags.integer({description: 'how many at once', default: 4, min: 1, max: 256}),
  delay: Flags.integer({description: 'seconds from one to the next', default: 0, min: 0, max: 86_400}),
}

type PlaceFlags = {
  readonly on?: string | undefined
  readonly 'remote-user'?: string | undefined
  readonly port?: number | undefined
  readonly hypervisor?: (typeof hypervisorKinds)[number] | undefined
}

export function parseMachine(flags: PlaceFlags): MachineChoice {
  const {on, 'remote-user': user, port} = flags
  return {...(on === undefined ? {} : {on}), ...(user === undefined ? {} : {user}), ...(port === undefined ? {} : {port})}
}

export function parseFilter(
  names: readonly string[],
  flags: PlaceFlags & {readonly state?: string | undefined},
): Omit<VmFilter, 'foreign'> {
  const {hypervisor, state} = flags
  return {
    names,
    machine: parseMachine(flags),
    ...(hypervisor === undefined ? {} : {hypervisor}),
    ...(state === undefined ? {} : {state}),
  }
}
