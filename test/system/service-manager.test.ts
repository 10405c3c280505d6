import {describe, expect, test} from 'vitest'
import {PxectlError} from '../../src/errors.js'
import type {CommandLine, Exec, Finished} from '../../src/system/exec.js'
import {assignListenSockets, notifyServiceManager, takeListenSockets, type ListenSocket} from '../../src/system/service-manager.js'

// That real sockets are told apart is tested by serve-service.e2e.ts: this process was given none.
describe('sockets that are handed over', () => {
  const take = (environment: Record<string, string>): Promise<ListenSocket[]> => takeListenSockets(environment, 42)

  test('are as many as were said, from descriptor 3 on, with their names', async () => {
    const sockets = await take({LISTEN_PID: '42', LISTEN_FDS: '3', LISTEN_FDNAMES: 'tftp:http'})
    expect(sockets.map(({fd, name}) => [fd, name])).toEqual([
      [3, 'tftp'],
      [4, 'http'],
      [5, 'unknown'],
    ])
  })

  test('are none of ours where they are meant for another process', async () => {
    expect(await take({LISTEN_PID: '41', LISTEN_FDS: '2'})).toEqual([])
    expect(await take({LISTEN_FDS: '2'})).toEqual([])
  })

  test.each(['', '-1', '2x', '0x2', '1e9', '99999', '1000', '٣'])('are none where the number is %j', async (number) => {
    expect(await take({LISTEN_PID: '42', LISTEN_FDS: number})).toEqual([])
  })

  test('are ours alone: the variables are gone afterwards, whoever was meant', async () => {
    for (const pid of ['42', '41', 'x']) {
      const environment: Record<string, string> = {LISTEN_PID: pid, LISTEN_FDS: '1', LISTEN_FDNAMES: 'tftp', PATH: '/bin'}
      await take(environment)
      expect(environment).toEqual({PATH: '/bin'})
    }
  })
})

describe('which socket is for what', () => {
  test('the name says it', () => {
    const sockets = [
      {fd: 3, name: 'http', kind: 'tcp'},
      {fd: 4, name: 'tftp', kind: 'udp'},
    ] as const
    expect(assignListenSockets(sockets)).toEqual({tftp: 4, http: 3, warnings: []})
  })

  test('else the kind', () => {
    const sockets = [
      {fd: 3, name: 'pxectl.socket', kind: 'tcp'},
      {fd: 4, name: 'pxectl.socket', kind: 'udp'},
    ] as const
    expect(assignListenSockets(sockets)).toEqual({tftp: 4, http: 3, warnings: []})
  })

  test('a name comes before a kind, wherever it stands', () => {
    const sockets = [
      {fd: 3, name: 'unknown', kind: 'udp'},
      {fd: 4, name: 'tftp', kind: 'udp'},
    ] as const
    expect(assignListenSockets(sockets)).toEqual({tftp: 4, warnings: [expect.stringContaining('descriptor 3')]})
  })

  test('what is no socket is left alone, with a warning', () => {
    expect(assignListenSockets([{fd: 7, name: 'unknown', kind: undefined}])).toEqual({warnings: [expect.stringContaining('descriptor 7')]})
  })

  test('a socket that does not fit its name is an error that names the line of the unit', () => {
    const assign = (): unknown => assignListenSockets([{fd: 3, name: 'tftp', kind: 'tcp'}])
    expect(assign).toThrow('handed over as tftp (descriptor 3) is a TCP socket')
    expect(assign).toThrow(PxectlError)
  })
})

describe('telling the service manager', () => {
  const finished: Finished = {exitCode: 0, stdout: '', stderr: '', timedOut: false}
  const told: CommandLine[] = []
  const fixed: Exec = (command) => {
    told.push(command)
    return Promise.resolve(finished)
  }

  test('is nothing where there is none', async () => {
    const broken: Exec = () => Promise.reject(new Error('must not be called'))
    expect(await notifyServiceManager(broken, {}, {READY: '1'})).toBeUndefined()
    expect(await notifyServiceManager(broken, {NOTIFY_SOCKET: ''}, {READY: '1'})).toBeUndefined()
  })

  test('gives each state as a word; a status is one line', async () => {
    expect(await notifyServiceManager(fixed, {NOTIFY_SOCKET: '/run/x'}, {READY: '1', STATUS: 'serving\nREADY=0'})).toBeUndefined()
    expect(told).toMatchObject([{file: 'systemd-notify', args: ['READY=1', 'STATUS=serving READY=0']}])
  })

  test('that fails is a warning', async () => {
    const refusing: Exec = () => Promise.resolve({...finished, exitCode: 1, stderr: 'Failed to notify init system: No such file\n'})
    expect(await notifyServiceManager(refusing, {NOTIFY_SOCKET: '/x'}, {READY: '1'})).toBe(
      'the service manager was not told READY=1: Failed to notify init system: No such file',
    )
    const missing: Exec = () =>
      Promise.reject(new PxectlError('the program systemd-notify could not be started', {code: 'X', kind: 'environment'}))
    expect(await notifyServiceManager(missing, {NOTIFY_SOCKET: '/x'}, {READY: '1'})).toContain('could not be started')
  })
})
