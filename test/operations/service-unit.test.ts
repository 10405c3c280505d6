import {chownSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {withUnitKind, wordsOf, type ServeFlags} from '../../src/cli/serve-flags.js'
import {readSettings} from '../../src/lab/read-settings.js'
import {makeServiceUnit, type ServiceUnitOptions} from '../../src/operations/service-unit.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const OPTIONS: ServiceUnitOptions = {
  kind: 'service',
  program: ['/usr/bin/node', '/opt/pxectl/bin.js'],
  flags: [],
  user: 'tftp',
  dhcp: false,
  http: true,
  graceSeconds: 10,
}

const labAt = (configPath: string, text = '') => ({
  configPath,
  settings: readSettings({configPath, text: `[network]\nserver = 192.168.56.1\n${text}`, environment: {}}),
})

async function linesOf(options: Partial<ServiceUnitOptions>, lab = labAt('/srv/lab/pxectl.ini')): Promise<string[]> {
  return (await makeServiceUnit(lab, {...OPTIONS, ...options})).text.split('\n')
}

describe('the service unit', () => {
  test('starts this program on this lab, as the user, with the one capability that low ports need', async () => {
    const lines = await linesOf({flags: ['--dhcp', 'full'], dhcp: true})
    expect(lines).toContain('ExecStart=/usr/bin/node /opt/pxectl/bin.js serve --config /srv/lab/pxectl.ini --dhcp full')
    expect(lines).toContain('User=tftp')
    expect(lines).toContain('AmbientCapabilities=CAP_NET_BIND_SERVICE')
    expect(lines).toContain('CapabilityBoundingSet=CAP_NET_BIND_SERVICE')
    expect(lines).toContain('ReadWritePaths=/srv/lab /srv/lab/tftpboot')
    expect(lines).toContain('ProtectHome=true')
    expect(lines).toContain('PrivateTmp=true')
  })

  test('needs no capability for high ports', async () => {
    const lines = await linesOf({}, labAt('/srv/lab/pxectl.ini', '[serve]\ntftp-port = 6969\n'))
    expect(lines).toContain('CapabilityBoundingSet=')
    expect(lines.join('\n')).not.toContain('AmbientCapabilities')
  })

  test('root has no User= line and may read what others own', async () => {
    const lines = await linesOf({user: 'root'})
    expect(lines).toContain('CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_DAC_OVERRIDE')
    expect(lines.join('\n')).not.toMatch(/^User=/m)
  })

  test('systemd waits longer than the transfers may', async () => {
    expect(await linesOf({graceSeconds: 60})).toContain('TimeoutStopSec=65')
  })

  test('hides no folder that the lab or the program lies in', async () => {
    const inHome = await linesOf({}, labAt('/home/ann/lab/pxectl.ini'))
    expect(inHome).toContain('ProtectHome=read-only')
    const inTmp = await linesOf({program: ['/tmp/node', '/opt/pxectl/bin.js']})
    expect(inTmp.join('\n')).not.toMatch(/^PrivateTmp=true$/m)
  })

  test('quotes what systemd would take apart or expand', async () => {
    const lines = await linesOf({}, labAt('/srv/my "100%" $lab\\/pxectl.ini'))
    const quoted = String.raw`"/srv/my \"100%%\" $$lab\\/pxectl.ini"`
    expect(lines).toContain(`ExecStart=/usr/bin/node /opt/pxectl/bin.js serve --config ${quoted}`)
    expect(lines).toContain(String.raw`ReadWritePaths="/srv/my \"100%%\" $lab\\" "/srv/my \"100%%\" $lab\\/tftpboot"`)
    expect((await linesOf({}, labAt('/srv/a\nUser=root/pxectl.ini'))).filter((line) => line.startsWith('User='))).toEqual(['User=tftp'])
  })

  test('belongs to the owner of pxectl.ini where no user is named', async () => {
    const configPath = join(temporaryFolder(), 'pxectl.ini')
    writeFileSync(configPath, '')
    // Only root can give a file away; others own what they make.
    if (process.getuid?.() === 0) chownSync(configPath, 65_534, 65_534)
    const {user: _, ...nameless} = OPTIONS
    const {text} = await makeServiceUnit(labAt(configPath), nameless)
    expect(text).toMatch(process.getuid?.() === 0 ? /^User=nobody$/m : /^User=\S+$/m)
  })

  test('warns of what lies in the home of root', async () => {
    const {warnings} = await makeServiceUnit(labAt('/srv/lab/pxectl.ini'), {...OPTIONS, program: ['/root/.nvm/node', '/opt/bin.js']})
    expect(warnings).toEqual([expect.stringContaining('tftp cannot reach /root/.nvm/node')])
  })
})

describe('the socket unit', () => {
  test('binds a datagram socket for TFTP and a stream socket for HTTP', async () => {
    const lines = await linesOf({kind: 'socket'})
    expect(lines).toContain('ListenDatagram=192.168.56.1:69')
    expect(lines).toContain('ListenStream=192.168.56.1:8069')
    expect((await linesOf({kind: 'socket', http: false})).join('\n')).not.toContain('ListenStream')
  })

  test('needs an address', async () => {
    const lab = {configPath: '/srv/pxectl.ini', settings: readSettings({configPath: '/srv/pxectl.ini', text: '', environment: {}})}
    await expect(makeServiceUnit(lab, {...OPTIONS, kind: 'socket'})).rejects.toThrow('network.server')
  })
})

describe('flags', () => {
  const flags: ServeFlags = {http: true, web: true, metrics: true, 'log-format': 'text', grace: 10}

  test('that are the default are not repeated', () => expect(wordsOf(flags)).toEqual([]))
  test('that were given are', () =>
    expect(wordsOf({...flags, listen: '10.0.0.1', dhcp: 'off', http: false, metrics: false, 'log-format': 'json', grace: 0})).toEqual(
      '--listen 10.0.0.1 --dhcp off --no-http --no-metrics --log-format json --grace 0'.split(' '),
    ))
  test('--print-unit without a kind means the service', () => {
    expect(withUnitKind(['--print-unit'])).toEqual(['--print-unit', 'service'])
    expect(withUnitKind(['--print-unit', '--user', 'x'])).toEqual(['--print-unit', 'service', '--user', 'x'])
    expect(withUnitKind(['--print-unit', 'socket'])).toEqual(['--print-unit', 'socket'])
    expect(withUnitKind(['--print-unit=socket'])).toEqual(['--print-unit=socket'])
  })
})
