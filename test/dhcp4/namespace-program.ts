// Runs inside a network namespace for interfaces.e2e.ts and find-servers.e2e.ts: `serve`, `ask unicast|relay ADDRESS`,
// `find - ADDRESS`, or `listen` for what reaches port 68.
// One JSON object per line on stdout.
import {createSocket} from 'node:dgram'
import {leaseDhcp4} from '../../src/dhcp4/client.js'
import {findDhcpServers} from '../../src/dhcp4/find-servers.js'
import {startDhcp4Server} from '../../src/dhcp4/server.js'
import {PxectlError} from '../../src/errors.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {decideForLab, network, tk1} from './lab.js'

const [mode = '', path = '', address = ''] = process.argv.slice(2)

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

if (mode === 'serve') {
  const {port} = await startDhcp4Server({address: network.server, subnet: network.subnet, decide: decideForLab, onEvent: print})
  print({ready: port})
} else if (mode === 'listen') {
  const socket = createSocket('udp4')
  socket.on('message', (bytes: Buffer, from) => print({from: from.address, xid: bytes.subarray(4, 8).toString('hex')}))
  socket.bind(68, () => print({ready: 68}))
} else if (mode === 'find') {
  const found = await findDhcpServers({address: parseIpv4(address), interface: 'lab0', timeoutMs: 2000}).then(
    (servers) => ({found: servers}),
    (error: unknown) => ({error: error instanceof PxectlError ? error.code : String(error)}),
  )
  print(found)
} else {
  const outcome = await leaseDhcp4({
    via: path === 'relay' ? {kind: 'relay', address: parseIpv4(address)} : {kind: 'unicast', server: parseIpv4(address)},
    client: {mac: tk1.mac, firmware: {architecture: 0, isIpxe: true, isHttpClient: false}},
    timeoutMs: 5000,
    xid: 42,
    now: () => performance.now(),
  })
  print({...outcome, ack: undefined})
}
