// Sends wake-up packets. Nobody answers them.
import {createSocket} from 'node:dgram'
import {messageOf, PxectlError} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'

export type Sending = {
  readonly packet: Uint8Array
  readonly address: Ipv4
  readonly port: number
}

/** `from`: our address on the network of the machines, which chooses the interface. Throws WAKE_FAILED. */
export async function sendAll(sendings: readonly Sending[], from: Ipv4 | undefined): Promise<void> {
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({port: 0, ...(from === undefined ? {} : {address: from})}, resolve)
    })
    socket.setBroadcast(true)
    for (const {packet, address, port} of sendings) {
      await new Promise<void>((resolve, reject) =>
        socket.send(packet, port, address, (error) => (error === null ? resolve() : reject(error))),
      )
    }
  } catch (error) {
    throw new PxectlError(`the wake-up packet could not be sent: ${messageOf(error)}`, {
      code: 'WAKE_FAILED',
      kind: 'environment',
      details: {from},
      suggestions: ['is the interface of the lab up, and network.server its address? pxectl doctor', 'or say where: --broadcast ADDRESS'],
      cause: error,
    })
  } finally {
    socket.close()
  }
}
