// Linux: /proc/meminfo, /sys/devices/system/cpu, /proc/cpuinfo, lscpu(1), and the control groups of a container.
//
// A container sees the CPUs and the memory of its machine in all of them but the control groups, which is what is wanted here: the
// machine. Only a container with LXCFS is told otherwise, and there nothing gives it away.
import type {MachineLimits, SystemFacts} from './facts.js'
import {findCount, findValue, type Sections} from './sections.js'

/** What is missing stays away; parse-facts.ts complains. */
export function parseLinux(sections: Sections): Partial<SystemFacts> {
  const cpus = findCpus(sections)
  const memoryBytes = findKib(findValue(sections.get('meminfo'), 'MemTotal'))
  const installedBytes = findInstalled(sections.get('memory-blocks'), memoryBytes)
  const cpuModel = findCpuModel(sections)
  const limits = findLimits(sections.get('cgroup'), {cpus, memoryBytes})
  return {
    os: 'linux',
    ...(cpus === undefined ? {} : {cpus}),
    ...(memoryBytes === undefined ? {} : {memoryBytes}),
    ...(installedBytes === undefined ? {} : {installedBytes}),
    ...(cpuModel === undefined ? {} : {cpuModel}),
    ...(limits === undefined ? {} : {limits}),
  }
}

/** `MemTotal: 24684092 kB`; the unit is KiB whatever it says (proc_meminfo(5)). */
function findKib(value: string | undefined): number | undefined {
  const kib = findCount(/^(\d+) kB$/.exec(value ?? '')?.[1])
  return kib === undefined ? undefined : kib * 1024
}

/** nproc(1) would give what this process may use. */
function findCpus(sections: Sections): number | undefined {
  const listed = countList(sections.get('cpus-online'))
  if (listed !== undefined) return listed
  // s390 counts them itself, and ARM and x86 have a paragraph for each.
  const paragraphs = sections.get('cpuinfo')?.match(/^processor\s*:/gm)?.length
  return paragraphs ?? findCount(findValue(sections.get('lscpu'), 'CPU(s)'))
}

/** `0-3,8,10-11` is 7: Documentation/admin-guide/cputopology.rst. */
function countList(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(text)) return undefined
  const count = text.split(',').reduce((sum, part) => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return sum + Math.max(0, last - first + 1)
  }, 0)
  return findCount(String(count))
}

/** lscpu knows the names of ARM's cores, /proc/cpuinfo only their numbers. */
function findCpuModel(sections: Sections): string | undefined {
  const names = [
    findValue(sections.get('cpuinfo'), 'model name'),
    findValue(sections.get('lscpu'), 'Model name'),
    findValue(sections.get('cpuinfo'), 'Hardware'),
    findValue(sections.get('cpuinfo'), 'cpu model'),
  ]
  return names.find((name) => name !== undefined && name !== '-')?.replace(/\s+/g, ' ')
}

/** Two lines: the size of a block in hexadecimal bytes, and how many are online (ABI/testing/sysfs-devices-memory). */
function findInstalled(text: string | undefined, memoryBytes: number | undefined): number | undefined {
  const [size = '', blocks] = (text ?? '').split('\n')
  const bytes = /^[0-9a-f]+$/i.test(size) ? Number.parseInt(size, 16) * (findCount(blocks) ?? 0) : 0
  return findCount(String(bytes)) !== undefined && bytes >= (memoryBytes ?? 0) ? bytes : undefined
}

/** `key=value` lines: version 2's cpu.max and memory.max, or version 1's three files; "max" and -1 are no limit. */
function findLimits(
  text: string | undefined,
  machine: {readonly cpus: number | undefined; readonly memoryBytes: number | undefined},
): MachineLimits | undefined {
  const [quota, period] = findValue(text, 'cpu.max')?.split(' ') ?? [
    findValue(text, 'cpu.cfs_quota_us'),
    findValue(text, 'cpu.cfs_period_us'),
  ]
  const [quotaUs, periodUs] = [findCount(quota), findCount(period)]
  const cpus = quotaUs === undefined || periodUs === undefined ? undefined : quotaUs / periodUs
  // Version 1 writes "no limit" as the largest number of pages, beyond exact arithmetic.
  const memoryBytes = findCount(findValue(text, 'memory.max') ?? findValue(text, 'memory.limit_in_bytes'))
  const limits = {
    ...(cpus !== undefined && cpus < (machine.cpus ?? 0) ? {cpus} : {}),
    ...(memoryBytes !== undefined && memoryBytes < (machine.memoryBytes ?? 0) ? {memoryBytes} : {}),
  }
  return Object.keys(limits).length === 0 ? undefined : limits
}
