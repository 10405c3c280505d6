// Hosts whose firmware is known: VirtualBox's DHCP server gets a group for each firmware, whose members are named by their MAC
// addresses, and the boot file once for the group. What a single client is told goes before that, and the network's own after it.
import type {Mac} from '../net/mac.js'
import {oneFileFor} from './one-file-boot.js'
import type {BootOptions, KnownFirmware} from './reservation.js'
import {sortSettings, type Section, type ServerState} from './virtualbox-state.js'

const FIRMWARES = ['bios', 'uefi'] as const
const MEMBER = '--incl-mac='
const BOOT_SETTING = /^--set-opt(?:-hex)?=6[67] /

/** The name says whose it is. */
const groupOf = (firmware: KnownFirmware): string => `--group=pxectl-${firmware}`

/** Does pxectl look after this group? */
export function isFirmwareGroup({selector}: Section): boolean {
  return FIRMWARES.some((firmware) => selector === groupOf(firmware))
}

/** The firmware whose boot file pxectl has given the client. */
export function firmwareOf(state: ServerState, mac: Mac | undefined): KnownFirmware | undefined {
  return FIRMWARES.find((firmware) =>
    state.some(({selector, settings}) => selector === groupOf(firmware) && settings.includes(`${MEMBER}${mac}`)),
  )
}

/** Whose firmware is known, or no longer matters. */
export type FirmwareChange = {
  readonly gone: readonly Mac[]
  readonly known: readonly {readonly mac: Mac; readonly firmware?: KnownFirmware | undefined}[]
  /** undefined leaves the boot options alone: members only go. */
  readonly options: BootOptions | 'remove' | undefined
}

/** The groups as they should be; without members there is none. */
export function firmwareGroups(state: ServerState, {gone, known, options}: FirmwareChange): Section[] {
  if (options === 'remove') return []
  return FIRMWARES.flatMap((firmware): Section[] => {
    const selector = groupOf(firmware)
    const old = state.find((section) => section.selector === selector)?.settings ?? []
    const members = new Set(old.filter((setting) => setting.startsWith(MEMBER)))
    for (const mac of [...gone, ...(options === undefined ? [] : known.map(({mac}) => mac))]) members.delete(MEMBER + mac)
    if (options !== undefined) for (const each of known) if (each.firmware === firmware) members.add(MEMBER + each.mac)
    if (members.size === 0) return []
    const isOther = (setting: string): boolean => !setting.startsWith(MEMBER) && (options === undefined || !BOOT_SETTING.test(setting))
    return [{selector, settings: sortSettings([...old.filter(isOther), ...members, ...bootOf(options, firmware)])}]
  })
}

function bootOf(options: BootOptions | undefined, firmware: KnownFirmware): string[] {
  if (options === undefined) return []
  const {nextServer} = options
  return [`--set-opt=66 ${nextServer}`, `--set-opt=67 tftp://${nextServer}/${oneFileFor(options, firmware)}`]
}

/** Has somebody given this client boot options of its own? They go before those of its group. */
export function hasOwnBoot({settings}: Pick<Section, 'settings'>): boolean {
  return settings.some((setting) => BOOT_SETTING.test(setting))
}
