import {expect, test} from 'vitest'
import {listenError} from '../../src/bootfiles/listen-error.js'

const failed = (code: string): Error => Object.assign(new Error(code), {code})

function check(code: string, protocol: 'tftp' | 'http', expected: object): void {
  const cause = failed(code)
  expect(listenError(cause, {protocol, address: '10.0.0.1', port: 69})).toMatchObject({kind: 'environment', cause, ...expected})
}

test('a privileged port is explained with the ways to get it', () => {
  check('EACCES', 'tftp', {
    code: 'PORT_FORBIDDEN',
    message: 'cannot listen on 10.0.0.1 port 69 (TFTP): ports below 1024 need a privilege this process does not have',
    suggestions: [
      '--tftp-port 6969',
      'setcap cap_net_bind_service=+ep "$(readlink -f "$(which node)")"',
      'sysctl -w net.ipv4.ip_unprivileged_port_start=69',
      'or run the command as root',
    ],
  })
})

test('a port that is taken names who might have it', () => {
  check('EADDRINUSE', 'tftp', {
    code: 'PORT_IN_USE',
    suggestions: ["ss -ulpn 'sport = :69'", expect.stringContaining('tftpd-hpa'), '--tftp-port 6969'],
  })
  check('EADDRINUSE', 'http', {
    code: 'PORT_IN_USE',
    suggestions: ["ss -tlpn 'sport = :69'", expect.stringContaining('nginx'), '--http-port 8069'],
  })
})

test('an address of another machine is told from a port', () => check('EADDRNOTAVAIL', 'http', {code: 'ADDRESS_NOT_HERE'}))

test('what is unforeseen comes back as it is', () => {
  const error = failed('ENOMEM')
  expect(listenError(error, {protocol: 'tftp', address: '::', port: 69})).toBe(error)
})
