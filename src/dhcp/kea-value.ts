// A configuration of Kea as plain values, from a file or from a daemon; both are somebody else's, so nothing is taken for granted.
import {findMac, type Mac} from '../net/mac.js'

export type KeaRecord = {readonly [key: string]: unknown}

export function recordOf(value: unknown): KeaRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as KeaRecord) : undefined
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

/** The identifiers a reservation can have (Kea ARM, "Host Reservations in DHCPv4"). Each has one. */
export const identifierKeys = ['hw-address', 'client-id', 'duid', 'circuit-id', 'flex-id'] as const
export type IdentifierKey = (typeof identifierKeys)[number]

/**
 * The MAC address that an identifier stands for: `hw-address` in any spelling that Kea reads, and a `client-id` of hardware
 * type 1 (RFC 2132 section 9.14), which most clients send.
 */
export function macOfIdentifier(key: IdentifierKey, text: string): Mac | undefined {
  if (key === 'hw-address') return findMac(text)
  if (key !== 'client-id') return undefined
  return findMac(/^0?1:(.*)$/.exec(text)?.[1] ?? /^01([0-9a-f]{12})$/i.exec(text)?.[1] ?? '')
}

/** Was this written by pxectl? */
export function isManaged(userContext: unknown): boolean {
  return recordOf(recordOf(userContext)?.['pxectl'])?.['managed'] === true
}

/** Client classes of this prefix are pxectl's. */
export const CLASS_PREFIX = 'pxectl-'

/** All maps with reservations: the configuration itself, its subnets, those of shared networks. */
function scopesOf(dhcp4: KeaRecord): (KeaRecord | undefined)[] {
  const networks = listOf(dhcp4['shared-networks']).map(recordOf)
  return [dhcp4, ...listOf(dhcp4['subnet4']).map(recordOf), ...networks.flatMap((network) => listOf(network?.['subnet4']).map(recordOf))]
}

/** What is compared between a file and the daemon that should have read it. */
export type KeaState = {readonly all: ReadonlySet<string>; readonly ours: ReadonlySet<string>}

/** Reservations by hardware address and the boot classes, each as one text. */
export function stateOf(dhcp4: KeaRecord): KeaState {
  const all = new Set<string>()
  const ours = new Set<string>()
  const add = (text: string, isOurs: boolean): void => {
    all.add(text)
    if (isOurs) ours.add(text)
  }
  for (const scope of scopesOf(dhcp4)) {
    for (const reservation of listOf(scope?.['reservations']).map(recordOf)) {
      const mac = findMac(String(reservation?.['hw-address'] ?? ''))
      if (reservation === undefined || mac === undefined) continue
      const text = `${mac} ${String(reservation['ip-address'] ?? '')} ${String(reservation['hostname'] ?? '').toLowerCase()}`
      add(text, isManaged(reservation['user-context']))
    }
  }
  for (const definition of listOf(dhcp4['client-classes']).map(recordOf)) {
    const name = String(definition?.['name'] ?? '')
    if (name.startsWith(CLASS_PREFIX)) add(`${name} ${String(definition?.['test'])} ${String(definition?.['boot-file-name'])}`, true)
  }
  return {all, ours}
}

/** One thing in which the daemon differs from the file, or undefined. Reservations that it has from elsewhere are no difference. */
export function findDifference(file: KeaState, daemon: KeaState): string | undefined {
  for (const text of file.all) if (!daemon.all.has(text)) return `it does not have ${text}`
  for (const text of daemon.ours) if (!file.all.has(text)) return `it still has ${text}`
  return undefined
}
