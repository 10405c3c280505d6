// What `VBoxManage list …` tells of the machine it runs on: limits, interfaces, kinds of guests. Pure.
//
//     Name:            eth0                                ID / Description: Debian_64 -- Debian (64-bit)     (7.2)
//     IPAddress:       10.77.0.1                           ID:          Debian_64                             (6.1 to 7.1)
//     Status:          Up                                  Description: Debian (64-bit)

/** An interface that machines can be attached to. */
export type VboxInterface = {readonly name: string; readonly ip: string; readonly isUp: boolean}

/** `VBoxManage list bridgedifs` or `hostonlyifs`; text that is none of theirs, such as a wrapper's warning, is passed over. */
export function parseInterfaces(stdout: string): VboxInterface[] {
  return paragraphs(stdout).flatMap((values) => {
    const name = values.get('Name')
    return name === undefined ? [] : [{name, ip: values.get('IPAddress') ?? '', isUp: values.get('Status') === 'Up'}]
  })
}

/** `id` is what createvm takes, `description` what showvminfo prints. */
export type VboxOsType = {readonly id: string; readonly description: string}

/** `VBoxManage list ostypes` of every version. */
export function parseOsTypes(stdout: string): VboxOsType[] {
  return paragraphs(stdout).flatMap((values) => {
    const [id = values.get('ID'), description = values.get('Description')] = values.get('ID / Description')?.split(' -- ') ?? []
    return id === undefined ? [] : [{id, description: description ?? ''}]
  })
}

/** The names in `VBoxManage list natnetworks`: `Name:` in the newer versions, `NetworkName:` in 6.1. */
export function parseNatNetworks(stdout: string): string[] {
  return paragraphs(stdout).flatMap((values) => values.get('Name') ?? values.get('NetworkName') ?? [])
}

export type VboxLimits = {
  readonly minMemoryMiB: number
  readonly maxMemoryMiB: number
  readonly maxCpus: number
  readonly maxVramMiB: number
  /** Where machines are made unless another folder is named. */
  readonly machineFolder: string
  /** The package that gives remote screens; without one, VRDE can be switched on and does nothing. */
  readonly remoteDesktop: string | undefined
}

/** `VBoxManage list systemproperties`; what is missing there is what 6.1 to 7.2 have. */
export function parseLimits(stdout: string): VboxLimits {
  const values = new Map(stdout.split(/\r?\n/).flatMap(pair))
  const number = (name: string, fallback: number): number => Number(/^\d+/.exec(values.get(name) ?? '')?.[0] ?? fallback)
  return {
    minMemoryMiB: number('Minimum guest RAM size', 4),
    maxMemoryMiB: number('Maximum guest RAM size', 2_097_152),
    maxCpus: number('Maximum guest CPU count', 64),
    maxVramMiB: number('Maximum video RAM size', 256),
    machineFolder: values.get('Default machine folder') ?? '',
    remoteDesktop: values.get('Remote desktop ExtPack') || undefined,
  }
}

export type VboxHost = {readonly cpus: number; readonly memoryMiB: number}

/** `VBoxManage list hostinfo`: what the machine has that VirtualBox runs on. Undefined where it does not say. */
export function parseHostInfo(stdout: string): VboxHost | undefined {
  const values = new Map(stdout.split(/\r?\n/).flatMap(pair))
  const [cpus, memory] = [values.get('Processor online count'), /^(\d+) MByte/.exec(values.get('Memory size') ?? '')?.[1]]
  return cpus === undefined || memory === undefined ? undefined : {cpus: Number(cpus), memoryMiB: Number(memory)}
}

/** `VBoxManage getextradata VM enumerate`: `Key: pxectl/host, Value: tk1`. A value may have lines of its own; the first one is given. */
export function parseExtraData(stdout: string): Map<string, string> {
  return new Map(
    stdout.split(/\r?\n/).flatMap((line): [string, string][] => {
      const [, key, value] = /^Key: (.*?), Value: (.*)$/.exec(line) ?? []
      return key === undefined || value === undefined ? [] : [[key, value]]
    }),
  )
}

function paragraphs(stdout: string): Map<string, string>[] {
  return stdout.split(/(?:\r?\n){2,}/).map((text) => new Map(text.split(/\r?\n/).flatMap(pair)))
}

/** `Name:    value`; a later line with the same name in a paragraph counts. */
function pair(line: string): [string, string][] {
  const [, name, value] = /^(\S[^:]*): *(.*)$/.exec(line) ?? []
  return name === undefined || value === undefined ? [] : [[name, value.trim()]]
}
