// The account of one boot test: its steps as they happen, and the doors through which it reaches the network.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {BootPlace} from '../dhcp4/proxy-offer.js'

export type BootStepName = 'dhcp' | 'loader' | 'config' | 'kernel' | 'initrd' | 'module' | 'root'

export type BootTestStep = {
  readonly step: BootStepName
  readonly ok: boolean
  /** What was asked for: a file, or an address. */
  readonly what: string
  readonly bytes?: number
  readonly durationMs: number
  readonly detail: string
  /** Of the step `dhcp`: which server gave the address, and which named the file (another one: a proxy). */
  readonly from?: {readonly address: Ipv4; readonly file: Ipv4}
  /** What mends it, for a step that failed. */
  readonly suggestions?: readonly string[]
}

export type BootHostIdentity = {readonly name: string; readonly mac: Mac; readonly ip?: Ipv4; readonly uuid?: string}

/** Who asks for an address. */
export type ClientKind = {readonly architecture: number; readonly isIpxe: boolean; readonly isHttpClient: boolean}

export type DhcpAnswer = {readonly durationMs: number} & (
  | (BootPlace & {
      readonly kind: 'leased'
      readonly ip: Ipv4
      /** A proxy whose file counts instead of the server's. */
      readonly proxy?: BootPlace
    })
  | {readonly kind: 'refused'; readonly message: string}
  | {
      readonly kind: 'silent'
      readonly phase: 'discover' | 'request'
      /** A server may be there and not have heard us: why, for people. */
      readonly unheard?: string
    }
)

export type Lease = Extract<DhcpAnswer, {kind: 'leased'}>

/** The options that a loader's TFTP requests carry. */
export type TftpStyle = {readonly blksize: number; readonly windowsize?: number; readonly sizeProbe?: boolean}

/** A file that arrived whole. `bytes` is its beginning, as much as is worth looking at. */
export type Fetched = {readonly sizeBytes: number; readonly bytes: Uint8Array; readonly durationMs: number}

/** The network. What goes wrong there is a PxectlError: TFTP_ERROR with details.tftpCode, TFTP_TIMEOUT, HTTP_STATUS with details.status … */
export type BootDoors = {
  readonly dhcp: (client: ClientKind) => Promise<DhcpAnswer>
  readonly tftp: (server: string, name: string, style: TftpStyle) => Promise<Fetched>
  readonly http: (url: string) => Promise<Fetched>
  /** What the NFS server says that it exports, and to whom. */
  readonly exports: (server: string) => Promise<readonly {readonly path: string; readonly clients: readonly string[]}[]>
}

/** One boot test under way. */
export type Boot = {
  readonly host: BootHostIdentity
  readonly doors: BootDoors
  readonly tftpRoot: string
  readonly pass: (step: Omit<BootTestStep, 'ok' | 'suggestions'>) => void
  /** Records the step that failed and ends the test. */
  readonly fail: (step: Omit<BootTestStep, 'ok'>) => never
}

/** Thrown by `fail`, and caught by bootTest alone: nothing after the first failure would have happened. */
export class BootStopped extends Error {
  readonly step: BootTestStep

  constructor(step: BootTestStep) {
    super(step.detail)
    this.step = step
  }
}

/** Adds each step to `steps` and reports it. */
export function recordInto(steps: BootTestStep[], onStep: (step: BootTestStep) => void): Pick<Boot, 'pass' | 'fail'> {
  const add = (step: BootTestStep): BootTestStep => {
    steps.push(step)
    onStep(step)
    return step
  }
  return {
    pass: (step) => void add({...step, ok: true}),
    fail: (step) => {
      throw new BootStopped(add({...step, ok: false}))
    },
  }
}
