// A kea-dhcp4 in memory: it reads its file when it is told to, answers on its control socket, and has its moods.
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {openKeaServer, type KeaOptions} from '../../src/dhcp/kea.js'
import type {KeaAnswer} from '../../src/dhcp/kea-control.js'
import type {DhcpServer} from '../../src/dhcp/server.js'
import {PxectlError} from '../../src/errors.js'
import {parseKeaConf} from '../../src/kea-conf/parse.js'
import {valueOf} from '../../src/kea-conf/tree.js'
import type {CommandLine, Finished} from '../../src/system/exec.js'
import {temporaryFolder} from '../support/temporary-folder.js'

export const SOCKET = '/run/kea/kea4-ctrl-socket'

export const KEA_CONF = `// the lab
{"Dhcp4": {
    "interfaces-config": {"interfaces": ["eth1"]},
    "control-socket": {"socket-type": "unix", "socket-name": "${SOCKET}"}, # for pxectl
    "subnet4": [
        {
            "id": 1,
            "subnet": "10.0.0.0/24",
            "pools": [{"pool": "10.0.0.100 - 10.0.0.199"}]
        }
    ]
}}
`

type Mood = Partial<KeaAnswer> & {
  /** It dies of it. */
  readonly dies?: boolean
  /** It says so, and does not read the file. */
  readonly isDeaf?: boolean
}

export type FakeKea = {
  /** Answers of `kea-dhcp4 -t`, one for each run; accepted when none is left. */
  readonly tests: ((text: string, path: string) => Partial<Finished>)[]
  readonly configTests: ((config: unknown) => Partial<KeaAnswer>)[]
  /** What comes of a reload by socket; all is well when none is left. */
  readonly reloads: (() => Mood)[]
  /** The same for the restart command. */
  readonly restarts: (() => Partial<Finished> & Mood)[]
  installed: boolean
  running: boolean
  /** What it runs with. */
  config: unknown
  /** What was called, in words. */
  readonly calls: string[]
}

export type KeaScene = {
  readonly folder: string
  readonly config: string
  readonly daemon: FakeKea
  readonly server: DhcpServer
  text(): string
}

const fine: Finished = {exitCode: 0, stdout: '', stderr: '', timedOut: false}
const answer = (mood: Partial<KeaAnswer>): KeaAnswer => ({result: 0, text: '', arguments: {}, ...mood})

/** A folder with a kea-dhcp4.conf, and a server on it whose daemon is the fake. */
export function openKeaScene(text: string | undefined, options: Partial<KeaOptions> = {}): KeaScene {
  const folder = temporaryFolder()
  const config = options.config ?? join(folder, 'kea-dhcp4.conf')
  if (text !== undefined) writeFileSync(config, text, 'latin1')
  const read = (): unknown => {
    const document = parseKeaConf({path: config, bytes: readFileSync(config)}, (path) =>
      existsSync(path) ? {path, bytes: readFileSync(path)} : undefined,
    )
    return document.root === undefined ? undefined : valueOf(document, document.root)
  }
  const daemon: FakeKea = {
    tests: [],
    configTests: [],
    reloads: [],
    restarts: [],
    installed: true,
    running: true,
    config: text === undefined ? undefined : read(),
    calls: [],
  }
  const take = (mood: Mood): void => {
    daemon.running = mood.dies !== true
    if (mood.isDeaf !== true && (mood.result ?? 0) === 0) daemon.config = read()
  }
  const server = openKeaServer({
    config,
    bootOptionsScope: 'global',
    stateFolder: join(folder, 'state'),
    exec: async (command: CommandLine): Promise<Finished> => {
      if (command.file.endsWith('kea-dhcp4') && command.args[0] === '-t') {
        if (!daemon.installed) throw new PxectlError('not here', {code: 'PROGRAM_MISSING', kind: 'environment'})
        daemon.calls.push('test')
        const path = command.args[1] ?? ''
        return {...fine, ...daemon.tests.shift()?.(readFileSync(path, 'latin1'), path)}
      }
      if (command.file === 'restart-kea') {
        daemon.calls.push('restart')
        const mood = daemon.restarts.shift()?.() ?? {}
        take(mood)
        return {...fine, ...mood}
      }
      throw new Error(`unexpected command line: ${command.file} ${command.args.join(' ')}`)
    },
    ask: async (socket, command, args) => {
      const unreachable = {code: 'SOCKET_UNREACHABLE', kind: 'environment'} as const
      if (socket !== SOCKET || !daemon.running) throw new PxectlError(`nobody listens on ${socket}`, unreachable)
      if (command === 'status-get') return answer({arguments: {pid: 1, sockets: {status: 'ready'}}})
      if (command === 'config-get') return answer({arguments: daemon.config as KeaAnswer['arguments']})
      if (command === 'config-test') return answer(daemon.configTests.shift()?.(args) ?? {})
      if (command !== 'config-reload') throw new Error(`unexpected command: ${command}`)
      daemon.calls.push('restart')
      const mood = daemon.reloads.shift()?.() ?? {}
      take(mood)
      if (mood.dies === true) throw new PxectlError('the socket broke off', {code: 'SOCKET_FAILED', kind: 'environment'})
      return answer(mood)
    },
    probe: async () => (daemon.running ? [1] : []),
    sleep: async () => undefined,
    now: () => new Date('2026-11-21T13:35:02.123Z'),
    fileExists: async () => false,
    ...options,
  })
  return {folder, config, daemon, server, text: () => readFileSync(config, 'latin1')}
}
