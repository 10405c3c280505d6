// Virtual machines as VBoxManage lists and describes them. Pure.
import {findMac, type Mac} from '../net/mac.js'

export type ListedVm = {readonly name: string; readonly uuid: string}

/** `attachment` as printed: nat, natnetwork, hostonly, hostonlynetwork, intnet, bridged, generic … `network`: the interface or network there. */
export type VboxNic = {
  readonly nic: number
  readonly attachment: string
  readonly network: string | undefined
  readonly mac: Mac | undefined
}

export type VmInfo = {
  readonly name: string
  readonly uuid: string
  /** Lower case: bios, efi, efi32, efi64. */
  readonly firmware: string
  readonly nics: readonly VboxNic[]
}

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

/** `VBoxManage showvminfo VM --machinereadable`, as far as booting from a network needs it. */
export function parseVmInfo(stdout: string): VmInfo {
  const values = new Map<string, string>()
  for (const line of stdout.split(/\r?\n/)) {
    const [, key, value] = /^"?([\w.-]+)"?="(.*)"$/.exec(line) ?? []
    // A description has lines of its own, which may look like keys: the first one counts.
    if (key !== undefined && value !== undefined && !values.has(key)) values.set(key, value.replace(/\\(["\\])/g, '$1'))
  }
  return {
    name: values.get('name') ?? '',
    uuid: values.get('UUID') ?? '',
    firmware: (values.get('firmware') ?? 'bios').toLowerCase(),
    nics: [...values].flatMap(([key, attachment]): VboxNic[] => {
      const nic = /^nic(\d+)$/.exec(key)?.[1]
      if (nic === undefined || attachment === 'none') return []
      const network = NETWORK_KEYS.map((name) => values.get(`${name}${nic}`)).find((found) => found !== undefined)
      return [{nic: Number(nic), attachment: attachment.toLowerCase(), network, mac: findMac(values.get(`macaddress${nic}`) ?? '')}]
    }),
  }
}
