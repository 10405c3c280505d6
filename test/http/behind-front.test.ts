// All that the server's tests say, said again of a server with a front.
import {expect, test} from 'vitest'
import {loadHttpFront} from '../../src/http/front.js'
import {useFront} from './ground.js'
import {buildFront} from './native-front.js'

const front = await buildFront()
if (front !== undefined) {
  useFront(front.openFront)
  await import('./server.test.js')
  await import('./connections.test.js')
  await import('./limits.test.js')
}

test('without an addon there is a reason', () => {
  expect(loadHttpFront('/no/such.node')).toMatchObject({kind: 'unavailable', reason: expect.stringContaining('such.node')})
})
