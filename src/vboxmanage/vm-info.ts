// Virtual machines as VBoxManage lists and describes them. Pure.
import {findMac, type Mac} from '../net/mac.js'

export type ListedVm = {readonly name: string; readonly uuid: string}

/** `attachment` as printed: nat, natnetwork, hostonly, hostonlynetwork, intnet, bridged, generic … `network`: the interface or network there. */
export type VboxNic = {
  readonly nic: number
  readonly attachment: string
  readonly network: string | undefined
  readonly mac: Mac | undefined
  /** As printed: 82540EM, virtio … */
  readonly model: string
}

export type VmInfo = {
  readonly name: string
  readonly uuid: string
  /** Lower case: bios, efi, efi32, efi64. */
  readonly firmware: string
  readonly cpus: number
  readonly memoryMiB: number
  /** As printed: poweroff, running, paused, saved, aborted, starting, stopping, gurumeditation … */
  readonly state: string
  /** When it came into that state, ISO 8601 in UTC. */
  readonly stateSince: string | undefined
  readonly nics: readonly VboxNic[]
  /** What else is printed as `key="value"` or `key=value`. */
  readonly values: ReadonlyMap<string, string>
}

/** `VBoxManage list` has this for a name where the settings of a machine cannot be read. */
export const INACCESSIBLE = '<inaccessible>'

/** `VBoxManage list vms`: `"name" {uuid}`. The name is not escaped: it may hold quotes, and the last brace counts. */
export function parseVmList(stdout: string): ListedVm[] {
  return stdout.split(/\r?\n/).flatMap((line) => {
    const [, name, uuid] = /^"(.*)" \{([0-9a-f-]{36})\}$/.exec(line) ?? []
    return name === undefined || uuid === undefined ? [] : [{name, uuid}]
  })
}

const NETWORK_KEYS = [
  'bridgeadapter',
  'hostonlyadapter',
  'hostonly-network',
  'hostonlynetwork',
  'intnet',
  'nat-network',
  'natnet',
  'generic',
]

/** `VBoxManage showvminfo VM --machinereadable`. */
export function parseVmInfo(stdout: string): VmInfo {
  const values = new Map<string, string>()
  for (const line of stdout.split(/\r?\n/)) {
    const [, key, quoted, plain] = /^"?([\w.\-/[\]]+)"?=(?:"(.*)"|([^"]*))$/.exec(line) ?? []
    // A description has lines of its own, which may look like keys: the first one counts.
    if (key !== undefined && !values.has(key)) values.set(key, plain ?? quoted?.replace(/\\(["\\])/g, '$1') ?? '')
  }
  return {
    name: values.get('name') ?? '',
    uuid: values.get('UUID') ?? '',
    firmware: (values.get('firmware') ?? 'bios').toLowerCase(),
    cpus: Number(values.get('cpus') ?? 0),
    memoryMiB: Number(values.get('memory') ?? 0),
    state: values.get('VMState') ?? '',
    stateSince: findTime(values.get('VMStateChangeTime')),
    nics: [...values].flatMap(([key, attachment]): VboxNic[] => {
      const nic = /^nic(\d+)$/.exec(key)?.[1]
      if (nic === undefined || attachment === 'none') return []
      const network = NETWORK_KEYS.map((name) => values.get(`${name}${nic}`)).find((found) => found !== undefined)
      const mac = findMac(values.get(`macaddress${nic}`) ?? '')
      return [{nic: Number(nic), attachment: attachment.toLowerCase(), network, mac, model: values.get(`nictype${nic}`) ?? ''}]
    }),
    values,
  }
}

/** `2026-11-21T05:11:28.921000000`, which is in UTC. */
function findTime(text: string | undefined): string | undefined {
  const [, second, milliseconds] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})/.exec(text ?? '') ?? []
  return second === undefined ? undefined : `${second}.${milliseconds}Z`
}
