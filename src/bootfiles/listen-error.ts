// A port that cannot be had, told in words that help. Shared by both servers.
import {PxectlError} from '../errors.js'
import {errnoOf} from '../system/file-errors.js'

export type Listening = {
  readonly protocol: 'tftp' | 'http'
  readonly address: string
  readonly port: number
}

/** The failure to listen as a PxectlError of kind `environment`; anything unforeseen comes back as it is. */
export function listenError(error: unknown, listening: Listening): unknown {
  const {protocol, address, port} = listening
  const where = `${address} port ${port} (${protocol.toUpperCase()})`
  const details = {protocol, address, port}
  switch (errnoOf(error)) {
    case 'EADDRINUSE':
      return new PxectlError(`cannot listen on ${where}: another program has the port`, {
        code: 'PORT_IN_USE',
        kind: 'environment',
        details,
        cause: error,
        suggestions: [whoHasIt(listening), usualCulprit(listening), otherPort(listening)],
      })
    case 'EACCES':
    case 'EPERM':
      return new PxectlError(`cannot listen on ${where}: ports below 1024 need a privilege this process does not have`, {
        code: 'PORT_FORBIDDEN',
        kind: 'environment',
        details,
        cause: error,
        suggestions: [
          otherPort(listening),
          'setcap cap_net_bind_service=+ep "$(readlink -f "$(which node)")"',
          `sysctl -w net.ipv4.ip_unprivileged_port_start=${port}`,
          'or run the command as root',
        ],
      })
    case 'EADDRNOTAVAIL':
      return new PxectlError(`cannot listen on ${where}: no interface of this machine has the address`, {
        code: 'ADDRESS_NOT_HERE',
        kind: 'environment',
        details,
        cause: error,
        suggestions: ['ip -br addr', '--listen with one of these addresses'],
      })
    default:
      return error
  }
}

function whoHasIt({protocol, port}: Listening): string {
  return `ss -${protocol === 'tftp' ? 'ulpn' : 'tlpn'} 'sport = :${port}'`
}

function usualCulprit({protocol}: Listening): string {
  return protocol === 'tftp'
    ? 'it is often tftpd-hpa or dnsmasq: systemctl status tftpd-hpa dnsmasq'
    : 'it is often nginx or apache2: systemctl status nginx apache2'
}

function otherPort({protocol}: Listening): string {
  return protocol === 'tftp' ? '--tftp-port 6969' : '--http-port 8069'
}
