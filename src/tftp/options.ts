// What a server grants of what a client asks (RFC 2347: only options that were asked for may be answered, unknown ones are
// left out of the answer). Values outside an RFC's range count as not asked.
import type {TftpOption} from './packet.js'

/** How far a server goes to meet a client. */
export type OptionLimits = {
  /** The largest block; 1468 fills an Ethernet frame: 1500 − 20 (IPv4) − 8 (UDP) − 4 (TFTP). Larger blocks travel in fragments. */
  readonly maxBlksize: number
  readonly maxWindowsize: number
}

/** What holds for a transfer. */
export type Terms = {
  readonly blksize: number
  readonly windowsize: number
  /** Seconds, where the client chose them. */
  readonly timeoutSeconds?: number
}

export type Negotiated = {
  readonly terms: Terms
  /** The options of the OACK, spelled and ordered as the client did; with none there is no OACK. */
  readonly granted: readonly TftpOption[]
}

/** The terms of RFC 1350, which hold for everything that is not negotiated. */
export const plainTerms: Terms = {blksize: 512, windowsize: 1}

/** 20 (IPv4) + 8 (UDP) + 4 (TFTP) bytes of a frame are no contents. */
const FRAME_OVERHEAD_BYTES = 32

export const defaultLimits: OptionLimits = {maxBlksize: 1468, maxWindowsize: 64}

/**
 * The limits on a network whose frames hold `mtuBytes`: blocks that travel whole, for firmware often cannot put fragments
 * together. A larger MTU than Ethernet's says nothing about the machines and switches beyond, so it is not used unasked.
 */
export function limitsFor(mtuBytes: number | undefined): OptionLimits {
  const fitting = (mtuBytes ?? Infinity) - FRAME_OVERHEAD_BYTES
  return {...defaultLimits, maxBlksize: Math.min(defaultLimits.maxBlksize, Math.max(plainTerms.blksize, fitting))}
}

/** The largest values the RFCs allow. */
const MAX_BLKSIZE = 65464
const MAX_WINDOWSIZE = 65535
const widestLimits: OptionLimits = {maxBlksize: MAX_BLKSIZE, maxWindowsize: MAX_WINDOWSIZE}

/** Answers the options of a read request; `sizeBytes` is undefined where it cannot be told beforehand (netascii). */
export function negotiate(asked: readonly TftpOption[], sizeBytes: number | undefined, limits: OptionLimits): Negotiated {
  const answered = new Set<string>()
  const granted: TftpOption[] = []
  let terms = plainTerms
  for (const [spelling, value] of asked) {
    const name = spelling.toLowerCase()
    const answer = answered.has(name) ? undefined : grant(name, value, sizeBytes, limits)
    if (answer === undefined) continue
    answered.add(name)
    granted.push([spelling, String(answer.value)])
    terms = {...terms, ...answer.terms}
  }
  return {terms, granted}
}

/** What a server's OACK says to the client that asked; undefined where it grants more than was asked (RFC 2347). */
export function negotiatedBy(asked: readonly TftpOption[], granted: readonly TftpOption[]): Terms | undefined {
  const wanted = negotiate(asked, 0, widestLimits).terms
  const {terms, granted: understood} = negotiate(granted, 0, widestLimits)
  const isAsked = granted.every(([spelling]) => findOption(asked, spelling.toLowerCase()) !== undefined)
  const isWithin = terms.blksize <= Math.max(wanted.blksize, plainTerms.blksize) && terms.windowsize <= wanted.windowsize
  return isAsked && isWithin && understood.length === granted.length ? terms : undefined
}

/** The value of an option, whatever the case of its name. */
export function findOption(options: readonly TftpOption[], name: string): string | undefined {
  return options.find(([spelling]) => spelling.toLowerCase() === name)?.[1]
}

type Answer = {readonly value: number; readonly terms: Partial<Terms>}

function grant(name: string, value: string, sizeBytes: number | undefined, limits: OptionLimits): Answer | undefined {
  switch (name) {
    case 'blksize': {
      // RFC 2348: the answer may be smaller than what was asked.
      const asked = parseWithin(value, 8, MAX_BLKSIZE)
      if (asked === undefined) return undefined
      const blksize = Math.min(asked, limits.maxBlksize)
      return {value: blksize, terms: {blksize}}
    }
    case 'windowsize': {
      // RFC 7440 section 3: the answer may be smaller than what was asked.
      const asked = parseWithin(value, 1, MAX_WINDOWSIZE)
      if (asked === undefined) return undefined
      const windowsize = Math.min(asked, limits.maxWindowsize)
      return {value: windowsize, terms: {windowsize}}
    }
    case 'timeout': {
      // RFC 2349: the answer must be what was asked.
      const timeoutSeconds = parseWithin(value, 1, 255)
      return timeoutSeconds === undefined ? undefined : {value: timeoutSeconds, terms: {timeoutSeconds}}
    }
    case 'tsize':
      // RFC 2349: a reader sends 0 and is told the size. Other numbers are answered alike.
      return sizeBytes === undefined || !/^\d+$/.test(value) ? undefined : {value: sizeBytes, terms: {}}
    default:
      return undefined
  }
}

function parseWithin(text: string, least: number, most: number): number | undefined {
  if (!/^\d{1,6}$/.test(text)) return undefined
  const value = Number(text)
  return value >= least && value <= most ? value : undefined
}
