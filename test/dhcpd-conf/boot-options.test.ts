// The text of the boot options block.
import {expect, test} from 'vitest'
import {renderBootBlock} from '../../src/dhcpd-conf/boot-options.js'
import {expectFixture} from '../support/fixture.js'
import {sampleBootBlock} from './sample-boot-block.js'

const render = (block: Parameters<typeof renderBootBlock>[0]): string => `${renderBootBlock(block, '', '  ').join('\n')}\n`

test('every kind of arm', () => {
  expectFixture('dhcpd-conf/expected/boot-options.conf', render(sampleBootBlock))
})

test('there is no last word for clients that nothing fits', () => {
  expect(render(sampleBootBlock)).not.toContain('else {')
})

test("no arms, and a next-server that is the user's", () => {
  expect(render({nextServer: undefined, arms: []})).toBe('\n')
  expect(render({nextServer: '10.0.0.1', arms: []})).toBe('next-server 10.0.0.1;\n')
})
