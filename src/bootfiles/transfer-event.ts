// What both servers tell about a transfer; `serve` prints one line for each.

/** A client's address as people write it: a socket on `::` shows IPv4 clients as ::ffff:10.0.0.9. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}

/** An IPv4 address from its number. Here, and not with the addresses of hosts: it is made for every packet and request. */
export function addressOf(ip: number): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`
}

export type TransferEvent = {
  readonly protocol: 'tftp' | 'http'
  /** `refused`: nothing was sent because of what was asked. `failed`: it began and did not end whole. */
  readonly kind: 'start' | 'done' | 'failed' | 'refused'
  /** The client's IP address and port. */
  readonly client: string
  readonly port: number
  /** As the client sent it: escape it before printing. */
  readonly name: string
  readonly sizeBytes?: number
  /** Bytes of the file that the client acknowledged (TFTP) or that were handed to the network (HTTP). */
  readonly bytes: number
  readonly durationMs: number
  /** Why it failed or was refused, or what is worth knowing about a success. */
  readonly message?: string
  /** TFTP: what was agreed, and how often something had to be sent again. */
  readonly blksize?: number
  readonly windowsize?: number
  readonly retransmits?: number
  /** HTTP. */
  readonly method?: string
  readonly status?: number
}

/** A transfer that is going on, as the live table and the metrics show it. */
export type ActiveTransfer = Pick<
  TransferEvent,
  'protocol' | 'client' | 'port' | 'name' | 'sizeBytes' | 'bytes' | 'durationMs' | 'retransmits'
>
