import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {type LiveTransfer, measureRates, renderLive} from '../../src/cli/serve-live.js'

type Changes = {[Key in keyof LiveTransfer]?: LiveTransfer[Key] | undefined}

const transfer = (changes: Changes = {}): LiveTransfer =>
  ({
    protocol: 'tftp',
    client: '10.0.0.21',
    port: 2070,
    name: 'images/tk/vmlinuz',
    sizeBytes: 8_000_000,
    bytes: 2_000_000,
    durationMs: 1000,
    retransmits: 0,
    bytesPerSecond: 2_000_000,
    ...changes,
  }) as LiveTransfer

describe('the table of running transfers', () => {
  test('shows client, file, part done, rate and retransmits, the oldest first', () => {
    const active = [
      transfer({
        durationMs: 500,
        client: '10.0.0.9',
        protocol: 'http',
        name: '/initrd.img',
        retransmits: undefined,
        bytes: 0,
        bytesPerSecond: 0,
      }),
      transfer({retransmits: 3}),
    ]
    expect(renderLive(active, {columns: 80, rows: 24})).toEqual([
      '2 transfers, 2.0 MB/s',
      'CLIENT     FILE               DONE      RATE  RETRANSMITS',
      '10.0.0.21  images/tk/vmlinuz   25%  2.0 MB/s            3',
      '10.0.0.9   /initrd.img          0%     0 B/s            -',
    ])
  })

  test('is nothing where nothing is going on', () => {
    expect(renderLive([], {columns: 80, rows: 24})).toEqual([])
  })

  test('gives bytes where there is no percentage', () => {
    const [, , row] = renderLive([transfer({sizeBytes: undefined})], {columns: 80, rows: 24})
    expect(row).toContain('  2.0 MB  2.0 MB/s')
  })

  test('takes half of the terminal and says how many it leaves out', () => {
    const many = Array.from({length: 50}, (_, index) => transfer({port: index, durationMs: 1000 - index}))
    const lines = renderLive(many, {columns: 80, rows: 12})
    expect(lines).toHaveLength(6)
    expect(lines.at(-1)).toBe('… and 47 more')
    expect(renderLive(many, {columns: 80, rows: 5})).toEqual(['50 transfers, 100 MB/s'])
  })

  test('cuts names at the beginning, and lets columns go where it is narrow', () => {
    const rowAt = (columns: number): string | undefined => renderLive([transfer()], {columns, rows: 24})[2]
    expect(rowAt(50)).toBe('10.0.0.21  images/tk/vmlinuz   25%  2.0 MB/s')
    expect(rowAt(40)).toBe('10.0.0.21  …/tk/vmlinuz   25%  2.0 MB/s')
    expect(rowAt(30)).toBe('10.0.0.21  …/tk/vmlinuz   25%')
    expect(rowAt(24)).toBe('10.0.0.21  …/tk/vmlinuz')
    expect(rowAt(8)).toBe('10.0.0…')
  })

  test('lets no control character of a client through', () => {
    const [, , row] = renderLive([transfer({name: '\u001b[2J\ta\n\u009bb\u202e'})], {columns: 120, rows: 24})
    expect(row).toContain(String.raw`\x1b[2J\x09a\x0a\x9bb\x202e`)
  })

  test('is never wider than the terminal and never higher than half of it, whatever clients send', () => {
    const size = fc.record({columns: fc.integer({min: 1, max: 200}), rows: fc.integer({min: 1, max: 60})})
    const active = fc.array(fc.record({name: fc.string({unit: 'grapheme'}), client: fc.string(), bytes: fc.nat(), durationMs: fc.nat()}), {
      maxLength: 80,
    })
    fc.assert(
      fc.property(active, size, (some, terminal) => {
        const lines = renderLive(
          some.map((one) => transfer(one)),
          terminal,
        )
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, Math.floor(terminal.rows / 2)))
        for (const line of lines) {
          expect([...line].length).toBeLessThan(Math.max(2, terminal.columns))
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
        }
      }),
    )
  })
})

describe('rates', () => {
  const {bytesPerSecond: _, ...active} = transfer()

  test('a new transfer has its mean so far', () => {
    expect(measureRates([], [active])[0]?.bytesPerSecond).toBe(2_000_000)
    expect(measureRates([], [{...active, durationMs: 0}])[0]?.bytesPerSecond).toBe(0)
  })

  test('one that stands still slows down', () => {
    const [first] = measureRates([], [active])
    const [second] = measureRates([first!], [{...active, durationMs: 1500}])
    expect(second?.bytesPerSecond).toBe(1_000_000)
  })

  test('one that started over under the same name is a new one', () => {
    const again = {...active, bytes: 1000, durationMs: 10}
    expect(measureRates([transfer()], [again])[0]?.bytesPerSecond).toBe(100_000)
  })
})
