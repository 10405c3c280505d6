// Reading /proc as dhcpd's life is read from it: when a process started, and who listens at a TCP port.
import {spawn} from 'node:child_process'
import {copyFileSync} from 'node:fs'
import {createServer, type AddressInfo} from 'node:net'
import {join} from 'node:path'
import {expect, onTestFinished, test} from 'vitest'
import {listTcpListeners} from '../../src/system/port-holders.js'
import {findProcessStart} from '../../src/system/process-start.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const onLinux = test.skipIf(process.platform !== 'linux')

onLinux('a process that started later is told from us, whatever its name', async () => {
  // The name stands in brackets in /proc/PID/stat, and may hold some.
  const program = join(temporaryFolder(), 'x) R 1 (y')
  copyFileSync('/bin/sleep', program)
  const child = spawn(program, ['60'])
  onTestFinished(() => void child.kill())
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  const ours = (await findProcessStart(process.pid))!
  const theirs = (await findProcessStart(child.pid!))!
  expect(theirs.ticks).toBeGreaterThanOrEqual(ours.ticks)
  expect(ours.time).toBeLessThanOrEqual(theirs.time)
  expect(theirs.time).toBeLessThanOrEqual(Date.now())
})

onLinux('a process that is not there', async () => {
  expect(await findProcessStart(2 ** 22 + 1)).toBeUndefined()
})

onLinux('who listens at a TCP port; who is only connected to it does not', async () => {
  const server = createServer((socket) => void socket.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  expect((await listTcpListeners(port)).map(({pid}) => pid)).toEqual([process.pid])
  await new Promise((resolve) => server.close(resolve))
  expect(await listTcpListeners(port)).toEqual([])
})
