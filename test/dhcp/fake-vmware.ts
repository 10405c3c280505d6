// A vmnet dhcpd.conf in a folder, and VMware's programs as command lines that are written down.
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {DhcpServer} from '../../src/dhcp/server.js'
import {openVmwareServer, type VmwareOptions} from '../../src/dhcp/vmware.js'
import {renderCommandLine} from '../../src/system/exec.js'
import {temporaryFolder} from '../support/temporary-folder.js'

export type VmwareScene = {
  readonly config: string
  readonly server: DhcpServer
  readonly daemon: {startFails: boolean; readonly calls: string[]}
  text(): string
  write(text: string): void
}

export function openVmwareScene(text: string, options: Partial<VmwareOptions> = {}): VmwareScene {
  const folder = temporaryFolder()
  const config = join(folder, 'dhcpd.conf')
  const write = (content: string): void => writeFileSync(config, content, 'latin1')
  write(text)
  const daemon: VmwareScene['daemon'] = {startFails: false, calls: []}
  const server = openVmwareServer({
    config,
    restart: 'restart-vmnet',
    stateFolder: join(folder, 'state'),
    platform: 'linux',
    bootOptionsScope: 'subnet',
    exec: async (command) => {
      daemon.calls.push(renderCommandLine(command))
      const isStart = !/stop/i.test(command.args.join(' '))
      return {exitCode: daemon.startFails && isStart ? 1 : 0, stdout: '', stderr: '', timedOut: false}
    },
    probe: async () => [],
    sleep: async () => undefined,
    now: () => new Date('2026-11-21T13:35:02.123Z'),
    ...options,
  })
  return {config, server, daemon, text: () => readFileSync(config, 'latin1'), write}
}
