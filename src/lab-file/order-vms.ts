// The order in which VMs are started: as written, and each after those that it waits for.
import {didYouMean, type Report} from './problem.js'
import type {VmSpecEntry} from './spec.js'

/** `after` names VMs or groups; given back, it names VMs alone. Circles and unknown names are reported. */
export function orderVms(vms: readonly VmSpecEntry[], groups: ReadonlyMap<string, readonly string[]>, report: Report): VmSpecEntry[] {
  const byName = new Map(vms.map((vm) => [vm.name, vm]))
  const waits = new Map(vms.map((vm) => [vm.name, namesOf(vm, byName, groups, report)]))
  const ordered: VmSpecEntry[] = []
  const done = new Set<string>()
  const visit = (vm: VmSpecEntry, chain: readonly string[]): void => {
    if (done.has(vm.name)) return
    if (chain.includes(vm.name)) {
      report(vm.place, `VMs wait for each other in a circle: ${[...chain.slice(chain.indexOf(vm.name)), vm.name].join(' → ')}`)
      return
    }
    for (const name of waits.get(vm.name) ?? []) {
      const other = byName.get(name)
      if (other !== undefined) visit(other, [...chain, vm.name])
    }
    if (done.has(vm.name)) return
    done.add(vm.name)
    ordered.push({...vm, after: waits.get(vm.name) ?? []})
  }
  for (const vm of vms) visit(vm, [])
  return ordered
}

function namesOf(
  vm: VmSpecEntry,
  byName: ReadonlyMap<string, VmSpecEntry>,
  groups: ReadonlyMap<string, readonly string[]>,
  report: Report,
): string[] {
  return vm.after.flatMap((name) => {
    if (byName.has(name)) return [name]
    const members = groups.get(name)
    if (members !== undefined) return members.filter((member) => member !== vm.name)
    report(
      vm.place,
      `${vm.name} is to start after ${name}, which is no VM and no group${didYouMean(name, [...byName.keys(), ...groups.keys()])}`,
    )
    return []
  })
}
