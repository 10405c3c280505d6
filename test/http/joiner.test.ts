import {Writable} from 'node:stream'
import {expect, test} from 'vitest'
import {COPY_BYTES, createJoiner} from '../../src/http/joiner.js'
import {createHeadRenderer, renderLastReply} from '../../src/http/reply-head.js'

/** Takes what is written at once, or when `release` is called. */
function sink(isSlow: boolean) {
  const taken: string[] = []
  const waiting: (() => void)[] = []
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const take = (): void => {
        taken.push(chunk.toString('latin1'))
        done()
      }
      if (isSlow) waiting.push(take)
      else take()
    },
  })
  return {out, taken, release: () => waiting.shift()?.()}
}

test('head and body are one write, and bytes that still wait are never written over', () => {
  const joiner = createJoiner()
  const slow = sink(true)
  const quick = sink(false)
  joiner.write(slow.out, 'head1 ', Buffer.from('body1'))
  joiner.write(quick.out, 'head2 ', Buffer.from('body2'))
  joiner.write(slow.out, 'head3 ', Buffer.from('body3'))
  quick.out.cork()
  joiner.write(quick.out, 'head4 ', Buffer.from('body4'))
  joiner.write(quick.out, 'head5 ', Buffer.from('body5'))
  joiner.write(slow.out, 'x'.repeat(10_000), Buffer.alloc(COPY_BYTES, 'y'))
  quick.out.uncork()
  for (let turn = 0; turn < 3; turn += 1) slow.release()
  expect(quick.taken).toEqual(['head2 body2', 'head4 body4', 'head5 body5'])
  expect(slow.taken).toEqual(['head1 body1', 'head3 body3', 'x'.repeat(10_000) + 'y'.repeat(COPY_BYTES)])
})

test('a body that goes out again has the head of its own time, and its own bytes', () => {
  const joiner = createJoiner()
  const {out, taken} = sink(false)
  const [one, other] = [Buffer.from('one'), Buffer.from('other')]
  for (const head of ['a ', 'a ', 'a ', 'b ', 'b ', 'a ']) joiner.write(out, head, one)
  for (const head of ['a ', 'a ']) joiner.write(out, head, other)
  expect(taken).toEqual(['a one', 'a one', 'a one', 'b one', 'b one', 'a one', 'a other', 'a other'])
})

test('heads name the time of their own second and what becomes of the connection', () => {
  let nowMs = Date.UTC(2024, 4, 6, 7, 8, 9, 999)
  const render = createHeadRenderer(() => nowMs)
  const headers = {ETag: '"a"', 'Content-Length': '0'}
  const first = 'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 0\r\nDate: Mon, 06 May 2024 07:08:09 GMT\r\nConnection: keep-alive\r\n\r\n'
  expect(render(200, headers, false)).toBe(first)
  nowMs += 1
  expect(render(200, headers, true)).toBe(first.replace('07:08:09', '07:08:10').replace('keep-alive', 'close'))
  expect(renderLastReply(render, {status: 503, message: 'no'})).toBe(
    'HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n' +
      'Date: Mon, 06 May 2024 07:08:10 GMT\r\nConnection: close\r\n\r\nno\n',
  )
})
