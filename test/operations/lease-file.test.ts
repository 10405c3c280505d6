import {appendFileSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, expect, test} from 'vitest'
import type {PoolLease} from '../../src/dhcp4/lease-table.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {type LeaseFile, openLeaseFile, readLeaseFiles} from '../../src/operations/lease-file.js'
import {errorOf} from '../dhcp/fake-dhcpd.js'
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
  expect(readFileSync(path, 'utf8').split('\n')[1]).toBe(
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
  const unreadable = await open(path)
  expect(unreadable).toMatchObject({leases: [], warnings: [expect.stringContaining('4 unreadable lines')]})
  await unreadable.close()
  expect((await open(path)).warnings).toEqual([])
})

test('nobody else writes the file meanwhile, and the error says who does', async () => {
  const path = makePath()
  const file = await open(path)
  const error = await errorOf(open(path))
  expect(error).toMatchObject({code: 'LEASES_IN_USE', kind: 'conflict'})
  if (process.platform === 'linux') {
    expect(error.message).toContain(`process ${process.pid}`)
    expect(error.suggestions[0]).toContain(`ps -fp ${process.pid}`)
  }
  await file.save(lease(1))
  await file.close()
  expect((await open(path)).leases).toEqual([lease(1)])
})

test('of a second file that a crash has cut, what stands there counts, and from the first what does not', async () => {
  const path = makePath()
  const file = await open(path)
  await Promise.all([file.save(lease(1)), file.save(lease(2)), file.save(lease(3))])
  await file.close()
  const begun = readFileSync(path, 'utf8').replace('"generation":1', '"generation":2').replace('"state":"leased"', '"state":"released"')
  writeFileSync(`${path}.second`, begun.slice(0, -60))
  const again = await open(path)
  expect(again.leases).toEqual([lease(3), lease(1, 'released'), lease(2)])
  await again.close()
  expect((await readLeaseFiles(path)).leases.size).toBe(3)
  expect(readFileSync(`${path}.second`, 'utf8')).toBe('')
})

test('an older second file does not count before the first', async () => {
  const path = makePath()
  const file = await open(path)
  await file.save(lease(1))
  await file.close()
  writeFileSync(`${path}.second`, readFileSync(path, 'utf8').replace('"generation":1', '"generation":0').replace('leased', 'released'))
  expect([...(await readLeaseFiles(path)).leases.values()]).toEqual([lease(1)])
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
  expect(statSync(path).size + statSync(`${path}.second`).size).toBeLessThan(2 * 5000 * 110)
  await file.close()
  const again = await open(path)
  expect(again.leases).toEqual(Array.from({length: 100}, (_, index) => lease(index + 1, 'leased', 1_700_000_000_099)))
  expect(statSync(path).size).toBeLessThan(100 * 110)
})
