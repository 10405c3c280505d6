// macOS, FreeBSD, illumos and Windows: what their own programs say of CPUs and memory.
import type {SystemFacts} from './facts.js'
import {findCount, findValue, type Sections} from './sections.js'

/** sysctl(8) of macOS: `hw.memsize: 17179869184`, `hw.logicalcpu: 8`, `machdep.cpu.brand_string: Apple M1`. */
export function parseMacos(sections: Sections): Partial<SystemFacts> {
  const sysctl = sections.get('sysctl')
  return facts('macos', {
    cpus: findValue(sysctl, 'hw.logicalcpu'),
    memoryBytes: findValue(sysctl, 'hw.memsize'),
    installedBytes: findValue(sysctl, 'hw.memsize'),
    cpuModel: findValue(sysctl, 'machdep.cpu.brand_string'),
  })
}

/** sysctl(8) of FreeBSD; hw.realmem counts holes of the address space on some machines, so it is only told, never used. */
export function parseFreebsd(sections: Sections): Partial<SystemFacts> {
  const sysctl = sections.get('sysctl')
  return facts('freebsd', {
    cpus: findValue(sysctl, 'hw.ncpu'),
    memoryBytes: findValue(sysctl, 'hw.physmem'),
    installedBytes: findValue(sysctl, 'hw.realmem'),
    cpuModel: findValue(sysctl, 'hw.model'),
  })
}

/** prtconf(8) `Memory size: 16384 Megabytes`; psrinfo(8), a line for each logical CPU; kstat(8) -p, key and value with a tab. */
export function parseIllumos(sections: Sections): Partial<SystemFacts> {
  const mib = findCount(/^(\d+) Megabytes$/i.exec(findValue(sections.get('prtconf'), 'Memory size') ?? '')?.[1])
  const online = sections.get('psrinfo')?.match(/^\d+\s+(?:on-line|no-intr)/gm)?.length
  const bytes = mib === undefined ? undefined : String(mib * 1024 * 1024)
  return facts('illumos', {
    cpus: online === undefined ? undefined : String(online),
    memoryBytes: bytes,
    installedBytes: bytes,
    cpuModel: /^\S+\t(.+)$/m.exec(sections.get('kstat') ?? '')?.[1],
  })
}

/** Properties of Win32_ComputerSystem, Win32_Processor and Win32_PhysicalMemory, as `wmic … /value` writes them too. */
export function parseWindows(sections: Sections): Partial<SystemFacts> {
  const cim = sections.get('cim')
  return facts('windows', {
    cpus: findValue(cim, 'NumberOfLogicalProcessors'),
    memoryBytes: findValue(cim, 'TotalPhysicalMemory'),
    installedBytes: findValue(cim, 'Capacity'),
    cpuModel: findValue(cim, 'Name'),
  })
}

type Texts = Readonly<Record<'cpus' | 'memoryBytes' | 'installedBytes' | 'cpuModel', string | undefined>>

function facts(os: SystemFacts['os'], texts: Texts): Partial<SystemFacts> {
  const [cpus, memoryBytes, installedBytes] = [findCount(texts.cpus), findCount(texts.memoryBytes), findCount(texts.installedBytes)]
  const cpuModel = texts.cpuModel?.replace(/\s+/g, ' ').trim()
  return {
    os,
    ...(cpus === undefined ? {} : {cpus}),
    ...(memoryBytes === undefined ? {} : {memoryBytes}),
    ...(installedBytes === undefined ? {} : {installedBytes}),
    ...(cpuModel === undefined || cpuModel === '' ? {} : {cpuModel}),
  }
}
