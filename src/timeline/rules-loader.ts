// The boot file: there, of the right kind, started once and not for ever.
import type {BootEvent} from './boot-event.js'
import {type BootCase, finding, type Finding} from './finding.js'
import {baseOf, goesOn, isUefi, isWhole, lastAsker, missingFiles, wholeFiles} from './looking.js'

const BIOS_LOADER = /\.(?:kpxe|kkpxe|pxe|0|lkrn|com)$|^pxegrub/
const UEFI_LOADER = /\.efi(?:\.signed)?$/

/** A loop needs more than the usual number of fetches. */
const LOOP_FETCHES = 3
const LOOP_MS = 15 * 60_000

/** The boot file is not there. Modules of a loader are another matter. */
export function missingLoaderRule({boot}: BootCase): Finding[] {
  const [missing] = missingFiles(boot, 'loader').filter(({name}) => !isModule(name))
  if (missing === undefined || wholeFiles(boot, 'loader').length > 0) return []
  return [
    finding('loader-missing', {
      certainty: 'certain',
      seen: `it asked for ${missing.name}, which is not there`,
      remedies: ['pxectl loader install', 'pxectl loader list', 'the name comes from the DHCP server: pxectl dhcp check'],
    }),
  ]
}

function isModule(name: string): boolean {
  return /\.(?:c32|e32|e64|mod|lst|pf2|mo)$/.test(baseOf(name))
}

/** A file that this firmware cannot run. */
export function wrongFirmwareRule({boot, facts}: BootCase): Finding[] {
  const architecture = firmwareArchitecture(boot)
  const loader = boot.find((event) => event.step === 'loader' && event.result !== 'refused' && !isModule(event.name))
  const offered = boot.findLast(({name, details}) => (name === 'offer' || name === 'ack') && (details.filename ?? '') !== '')?.details
    .filename
  const name = loader?.name ?? offered
  if (architecture === undefined || name === undefined || (loader !== undefined && goesOn(boot, loader, 'loader'))) return []
  const base = baseOf(name)
  const isWrong = isUefi(architecture) ? BIOS_LOADER.test(base) : UEFI_LOADER.test(base)
  if (!isWrong) return []
  const seen = `the firmware says ${isUefi(architecture) ? 'UEFI' : 'BIOS'} (architecture ${architecture}) and was given ${name}`
  const {host} = facts
  const believed = host.firmware !== undefined && (host.firmware === 'uefi') !== isUefi(architecture)
  return [
    finding(isUefi(architecture) ? 'bios-file-for-uefi' : 'uefi-file-for-bios', {
      certainty: 'certain',
      seen,
      ...(believed
        ? {
            cause: `the database says that ${host.name} has ${host.firmware === 'uefi' ? 'UEFI' : 'BIOS'} firmware, and its packets say the other`,
            remedies: [
              `pxectl host set ${host.name} --firmware ${isUefi(architecture) ? 'uefi' : 'bios'}`,
              `pxectl host set ${host.name} --firmware any`,
            ],
          }
        : {}),
    }),
  ]
}

/** iPXE repeats what its firmware said; but some builds of it are of another kind than the firmware below. */
function firmwareArchitecture(boot: readonly BootEvent[]): number | undefined {
  const first = boot.find(({details}) => details.architecture !== undefined && details.asker !== 'ipxe')
  return (first ?? lastAsker(boot))?.details.architecture
}

/** The same loader again and again. Looks beyond the present boot: a machine that restarts begins a new one each time. */
export function loopRule({events, facts}: BootCase): Finding[] {
  const recent = events.filter(({timeMs}) => facts.nowMs - timeMs < LOOP_MS)
  const loaders = wholeFiles(recent, 'loader').filter(({name}) => !isModule(name))
  const last = loaders.at(-1)
  if (last === undefined) return []
  const same = loaders.filter(({name}) => name === last.name)
  const third = same.at(-LOOP_FETCHES)
  if (third === undefined || goesOn(recent, third, 'loader')) return []
  const between = recent.filter(({timeMs}) => timeMs >= third.timeMs)
  const askers = between.flatMap(({details}) => details.asker ?? [])
  // The log of another DHCP server does not say who asks.
  const isIpxe = askers.includes('ipxe') || (askers.length === 0 && /ipxe|undionly|snponly/.test(baseOf(last.name)))
  const seen = `${last.name} was fetched ${same.length} times in ${Math.max(1, Math.round((last.timeMs - (same[0]?.timeMs ?? 0)) / 1000))} s, and no menu`
  if (isIpxe) {
    const certainty = askers.includes('ipxe') ? 'certain' : 'likely'
    return [finding('chain-loop', {certainty, seen: `${seen}; iPXE asks for an address in between`})]
  }
  return [notStarted(seen, events, 'likely')]
}

/** Read once, and then nothing: the loader did not start. */
export function silentLoaderRule(boot: BootCase): Finding[] {
  if (boot.state.step !== 'loader' || boot.state.condition !== 'stuck' || loopRule(boot).length > 0) return []
  const loader = boot.boot.at(-1)
  if (loader === undefined || loader.step !== 'loader' || !isWhole(loader) || isModule(loader.name)) return []
  if (wrongFirmwareRule(boot).length > 0 || missingFiles(boot.boot, 'loader').length > 0) return []
  return [
    notStarted(`${loader.name} was read whole (${loader.details.bytes ?? 0} bytes), and nothing came after it`, boot.boot, 'possible'),
  ]
}

/** UEFI may refuse what nobody signed; BIOS has no such thing. */
function notStarted(seen: string, events: readonly BootEvent[], certainty: 'likely' | 'possible'): Finding {
  const architecture = firmwareArchitecture(events)
  return finding(architecture !== undefined && isUefi(architecture) ? 'secure-boot' : 'loader-silent', {certainty, seen})
}

/** PXELINUX without its core. */
export function ldlinuxRule({boot}: BootCase): Finding[] {
  const missing = missingFiles(boot, 'loader').filter(({name}) => /^ldlinux\.(?:c32|e32|e64)$/.test(baseOf(name)))
  const [first] = missing
  if (first === undefined) return []
  const base = baseOf(first.name)
  return [
    finding('ldlinux-missing', {
      certainty: 'certain',
      seen: `PXELINUX asked for ${missing.map(({name}) => name).join(', ')}, and it is not there`,
      ...(base === 'ldlinux.c32' ? {} : {remedies: [`put ${base} of the same release of Syslinux beside the loader`]}),
    }),
  ]
}
