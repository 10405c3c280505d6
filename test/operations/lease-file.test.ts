import {appendFileSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, expect, test} from 'vitest'
import type {PoolLease} from '../../src/dhcp4/lease-table.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {type LeaseFile, openLeaseFile} from '../../src/operations/lease-file.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const lease = (last: number, state: PoolLease['state'] = 'leased', untilMs = 1_700_000_000_000): PoolLease => ({
  ip: parseIpv4(`10.77.0.${last}`),
  mac: parseMac(`52:54:00:00:00:${last.toString(16).padStart(2, '0')}`),
  state,
  untilMs,
})

async function open(path: string, keep = (_ip: string): boolean => true): Promise<LeaseFile> {
  const onWarning = (message: string): void => {
    throw new Error(message)
  }
  const file = await openLeaseFile(path, {keep, onWarning})
  opened.push(file)
  return file
}

const opened: LeaseFile[] = []
afterEach(() => Promise.all(opened.splice(0).map((file) => file.close().catch(() => undefined))))

const makePath = (): string => join(temporaryFolder(), '.pxectl', 'pxe.db.leases')

test('what was saved is there again, the last about each address, in the order of the changes', async () => {
  const path = makePath()
  const file = await open(path)
  await Promise.all([lease(1), lease(2), lease(3), lease(1, 'released')].map((one) => file.save(one)))
  await file.close()
  expect((await open(path)).leases).toEqual([lease(2), lease(3), lease(1, 'released')])
  expect(readFileSync(path, 'utf8').split('\n')[0]).toBe(
    '{"ip":"10.77.0.2","mac":"52:54:00:00:00:02","state":"leased","until":"2023-11-14T22:13:20.000Z"}',
  )
})

test('a save is on the disk when it resolves', async () => {
  const path = makePath()
  const file = await open(path)
  await file.save(lease(1))
  expect(readFileSync(path, 'utf8')).toContain('"10.77.0.1"')
})

test('a line that a crash has torn, and others that are none, are left out and told of', async () => {
  const path = makePath()
  const file = await open(path)
  await file.save(lease(1))
  await file.close()
  appendFileSync(path, '{"ip":"10.77.0.2","mac":"52:54')
  const torn = await open(path)
  expect([torn.leases, torn.warnings]).toEqual([[lease(1)], [expect.stringContaining('1 unreadable line was left out')]])
  await torn.close()
  writeFileSync(path, 'null\n[]\n{"ip":"1.2.3","mac":"x","state":"leased","until":"never"}\n{"ip":"10.77.0.9"}\n')
  expect(await open(path)).toMatchObject({leases: [], warnings: [expect.stringContaining('4 unreadable lines')]})
  expect((await open(path)).warnings).toEqual([])
})

test('leases outside the range are forgotten', async () => {
  const path = makePath()
  const file = await open(path)
  await Promise.all([file.save(lease(1)), file.save(lease(2))])
  await file.close()
  expect((await open(path, (ip) => ip === '10.77.0.2')).leases).toEqual([lease(2)])
})

test('thousands of renewals do not make it grow for ever', async () => {
  const path = makePath()
  const file = await open(path)
  for (let round = 0; round < 100; round++) {
    await Promise.all(Array.from({length: 100}, (_, index) => file.save(lease(index + 1, 'leased', 1_700_000_000_000 + round))))
  }
  expect(statSync(path).size).toBeLessThan(5000 * 110)
  await file.close()
  const again = await open(path)
  expect(again.leases).toEqual(Array.from({length: 100}, (_, index) => lease(index + 1, 'leased', 1_700_000_000_099)))
  expect(statSync(path).size).toBeLessThan(100 * 110)
})
