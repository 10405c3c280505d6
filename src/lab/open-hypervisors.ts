// The hypervisors that a lab's VMs run on, here and on other machines: opened when first asked for, one ssh connection to each machine.
import type {SshSession} from '../system/ssh-session.js'
import type {SshTarget} from '../system/ssh-target.js'
import type {HypervisorDoors} from '../vm/doors.js'
import type {Hypervisor} from '../vm/hypervisor.js'
import type {HypervisorKind} from '../vm/spec.js'

export type Hypervisors = {
  /** `target`: the machine that runs the VMs; undefined: this one. Throws what ssh throws. */
  open(kind: HypervisorKind, target: SshTarget | undefined): Promise<Hypervisor>
  /** What its back ends touch the machine with. */
  doors(target: SshTarget | undefined): Promise<HypervisorDoors>
  /** The connection to a machine, for those who want more of it than VMs. */
  session(target: SshTarget): Promise<SshSession>
  close(): Promise<void>
}

export function openHypervisors(environment: HypervisorDoors['environment']): Hypervisors {
  const sessions = new Map<string, Promise<SshSession>>()
  const doors = new Map<string, Promise<HypervisorDoors>>()
  const keyOf = (target: SshTarget | undefined): string =>
    JSON.stringify(target === undefined ? [] : [target.host, target.user, target.port])
  const session = (target: SshTarget): Promise<SshSession> => {
    const known = sessions.get(keyOf(target)) ?? openSession(target)
    sessions.set(keyOf(target), known)
    return known
  }
  const doorsTo = (target: SshTarget | undefined): Promise<HypervisorDoors> => {
    const known = doors.get(keyOf(target)) ?? openDoors(target === undefined ? environment : session(target))
    doors.set(keyOf(target), known)
    return known
  }
  return {
    open: async (kind, target) => openBackEnd(kind, await doorsTo(target)),
    doors: doorsTo,
    session,
    close: async () => {
      // One that could not be opened has nothing to close.
      for (const open of sessions.values()) await open.then((one) => one.close()).catch(() => undefined)
    },
  }
}

async function openSession(target: SshTarget): Promise<SshSession> {
  return (await import('../system/ssh-session.js')).openSshSession(target)
}

/** Loaded when they are needed: most commands never touch a VM. */
async function openDoors(to: HypervisorDoors['environment'] | Promise<SshSession>): Promise<HypervisorDoors> {
  if (to instanceof Promise) return (await import('../vm/remote-doors.js')).openRemoteDoors(await to)
  return (await import('../vm/local-doors.js')).openLocalDoors(to)
}

async function openBackEnd(kind: HypervisorKind, doors: HypervisorDoors): Promise<Hypervisor> {
  switch (kind) {
    case 'qemu':
      return (await import('../vm/qemu/hypervisor.js')).openQemu(doors)
    case 'virtualbox':
      return (await import('../vm/virtualbox/hypervisor.js')).openVirtualbox(doors)
    case 'vmware':
      return (await import('../vm/vmware/hypervisor.js')).openVmware(doors)
  }
}
