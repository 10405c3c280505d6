// Virtual machines and PXE filesystems: the same operations as the vm and fs commands.
import {setTimeout as pause} from 'node:timers/promises'
import {findConsoles} from '../../operations/console-vm.js'
import {listRoots} from '../../operations/list-roots.js'
import {listVms, showVm, type VmFilter} from '../../operations/list-vms.js'
import {runVms, type VmWork} from '../../operations/run-vms.js'
import {showRoot} from '../../operations/show-root.js'
import type {Fields} from '../fields.js'
import type {Call, Route, RouteAnswer} from '../route.js'

export const machineRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/vms',
    answer: async ({lab, query}) => {
      const all = query.flag('all') ?? false
      query.checkUnasked()
      return {json: await listVms(await lab(), filterOf([], all), new Date())}
    },
  },
  {method: 'GET', path: '/vms/{vm}', answer: async ({lab, params}) => ({json: await showVm(await lab(), params('vm'), new Date())})},
  {
    method: 'GET',
    path: '/vms/{vm}/console',
    answer: async ({lab, params}) => {
      // A socket on this machine is of no use to a browser.
      const {name, machine, state, consoles} = await findConsoles(await lab(), params('vm'), {machine: {}}, new Date())
      return {json: {name, machine, state, consoles}}
    },
  },
  {method: 'POST', path: '/vms/{vm}/start', answer: (call) => run(call, () => ({kind: 'start', display: 'headless'}))},
  {method: 'POST', path: '/vms/{vm}/stop', answer: (call) => run(call, stopWork)},
  {method: 'POST', path: '/vms/{vm}/reset', answer: (call) => run(call, () => ({kind: 'reset'}))},
  {method: 'GET', path: '/filesystems', answer: async ({lab}) => ({json: await listRoots(await lab())})},
  {method: 'GET', path: '/filesystems/{root}', answer: async ({lab, params}) => ({json: await showRoot(await lab(), params('root'))})},
]

const STOP_SECONDS = 60
const MOST_STOP_SECONDS = 3600

function stopWork(body: Fields): VmWork {
  const seconds = body.number('timeoutSeconds', MOST_STOP_SECONDS) ?? STOP_SECONDS
  return {kind: 'stop', force: body.flag('force') ?? false, timeoutMs: seconds * 1000}
}

function filterOf(names: readonly string[], foreign: boolean): VmFilter {
  return {names, machine: {}, foreign}
}

/** One VM; its failure is the answer's. */
async function run({lab, params, query, body}: Call, workOf: (body: Fields) => VmWork): Promise<RouteAnswer> {
  const work = workOf(body)
  const dryRun = query.flag('dryRun') ?? false
  query.checkUnasked()
  body.checkUnasked()
  const {vms, outcomes, warnings} = await runVms(await lab(), filterOf([params('vm')], true), work, {
    all: false,
    parallel: 1,
    delayMs: 0,
    dryRun,
    now: () => new Date(),
    sleep: (ms) => pause(ms),
    onProgress: () => undefined,
  })
  return {json: {vms, outcomes, warnings, dryRun}}
}
