// The operating system's refusals to open a DHCP port, as errors with a way out.
import {messageOf, PxectlError} from '../errors.js'

export type WantedPort = {
  readonly address: string
  readonly port: number
  readonly interface?: string
  /** What else the user may do, besides freeing the port. */
  readonly instead?: readonly string[]
}

/** The error for a UDP socket that could not be bound. */
export function portError(error: unknown, {instead = [], ...details}: WantedPort): PxectlError {
  const {address, port} = details
  const where = `UDP port ${port} of ${address}`
  const common = {kind: 'environment', details, cause: error} as const
  switch (systemCode(error)) {
    case 'EADDRINUSE':
      return new PxectlError(`${where} is in use by another program`, {
        ...common,
        code: 'PORT_IN_USE',
        suggestions: [`ss -lunp 'sport = :${port}'   # shows which`, ...instead],
      })
    case 'EACCES':
    case 'EPERM':
      return new PxectlError(`no permission to open ${where}: ports below 1024 need a privilege`, {
        ...common,
        code: 'PORT_FORBIDDEN',
        suggestions: [
          'run this command as root',
          'or once: setcap cap_net_bind_service=+ep "$(readlink -f "$(command -v node)")"',
          ...instead,
        ],
      })
    case 'EADDRNOTAVAIL':
      return new PxectlError(`${address} is not an address of this machine`, {
        ...common,
        code: 'ADDRESS_NOT_LOCAL',
        suggestions: ['ip -4 address   # lists its addresses', 'pxectl config set network.server ADDRESS'],
      })
    default:
      return new PxectlError(`${where} could not be opened: ${messageOf(error)}`, {...common, code: 'PORT_FAILED'})
  }
}

function systemCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
