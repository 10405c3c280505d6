// Full mode with dhcp.unknown-clients = yes: leases from the range for machines that are no hosts.
//
//     br0 192.168.56.1: pxectl serve --dhcp full ─┬─ c1, c2, …: udhcpc, dhclient
//                                                 └─ c9 192.168.56.100: somebody who took an address of the range
import {chmod, readFile, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {runDhclient} from './support/dhclient.js'
import {HOST} from './support/boot.js'
import {errorOf, makeLab, startServe, type Lab} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {SERVER, withNetwork, type Network} from './support/network.js'
import {renewManyTimes} from './support/renew-many.js'
import {startRenewingClient} from './support/renewing-client.js'

const makeLeasingLab = (network: Network, range = '192.168.56.100-192.168.56.103'): Promise<Lab> =>
  makeLab(network, {dhcp: 'builtin', settings: {'dhcp.unknown-clients': 'yes', 'network.range': range}})

const addClient = (network: Network, last: number): ReturnType<Network['addClient']> =>
  network.addClient(`52:54:00:00:02:${String(last).padStart(2, '0')}`)

test('a lease is the same after a restart of the server, after kill -9, and for another client program', () =>
  withNetwork('leases-same', async (network) => {
    const lab = await makeLeasingLab(network)
    const [one, two] = [await addClient(network, 1), await addClient(network, 2)]
    const first = await startServe(lab, 'full')
    expect(await requestLease(one)).toMatchObject({address: '192.168.56.100'})
    expect(await runDhclient(two, network.folder)).toBe('192.168.56.101')
    await first.stop()

    const second = await startServe(lab, 'full')
    expect(await runDhclient(two, network.folder)).toBe('192.168.56.101')
    expect(await requestLease(one)).toMatchObject({address: '192.168.56.100'})
    await second.kill()

    await startServe(lab, 'full')
    // dhclient goes through INIT-REBOOT, udhcpc through DISCOVER; and each gets what the other got.
    expect(await runDhclient(two, network.folder)).toBe('192.168.56.101')
    expect(await runDhclient(one, network.folder)).toBe('192.168.56.100')
    expect(await requestLease(two)).toMatchObject({address: '192.168.56.101'})
    expect(await readFile(join(lab.folder, '.pxectl', 'pxe.db.leases'), 'utf8')).toContain(
      '"ip":"192.168.56.101","mac":"52:54:00:00:02:02"',
    )
  }))

test('clients that come at once share no address; one too many gets none, and the server says why', () =>
  withNetwork('leases-share', async (network) => {
    const server = await startServe(await makeLeasingLab(network), 'full')
    const clients = await Promise.all([1, 2, 3, 4].map((last) => addClient(network, last)))
    const leases = await Promise.all(clients.map((client) => requestLease(client)))
    expect(new Set(leases.map((lease) => lease?.address))).toEqual(new Set([100, 101, 102, 103].map((last) => `192.168.56.${last}`)))
    const fifth = await addClient(network, 5)
    expect(await requestLease(fifth)).toBeUndefined()
    const told = server.events().filter((event) => event['mac'] === fifth.mac && event.kind === 'ignored')
    expect(told[0]?.['message']).toMatch(/no free address in 192\.168\.56\.100-192\.168\.56\.103: 4 leased/)
  }))

test('an address that somebody has without a lease is not offered, nor is one of a host', () =>
  withNetwork('leases-taken', async (network) => {
    const lab = await makeLeasingLab(network)
    await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', '192.168.56.101')
    await network.addClient('52:54:00:00:02:09', '192.168.56.100/24')
    const server = await startServe(lab, 'full')
    expect(await requestLease(await addClient(network, 1))).toMatchObject({address: '192.168.56.102'})
    expect(await requestLease(await network.addClient(HOST.mac))).toMatchObject({address: '192.168.56.101', hostname: HOST.name})
    expect(server.events().some((event) => String(event['message']).includes('192.168.56.100 is in use by 52:54:00:00:02:09'))).toBe(true)
  }))

test('a client renews by unicast; one whose address became a host’s is sent to look for another; a lease given back is kept for it', () =>
  withNetwork('leases-renew', async (network) => {
    const lab = await makeLeasingLab(network)
    const server = await startServe(lab, 'full')
    const client = await addClient(network, 1)
    const renewing = await startRenewingClient(client, network.folder)
    await renewing.renew()
    await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', renewing.address)
    renewing.renew().catch(() => undefined)
    await expect.poll(() => kindsFor(client.mac), {timeout: 15_000}).toContain('nak')
    await expect.poll(() => renewing.log(), {timeout: 20_000}).toContain('bound 192.168.56.101')
    await renewing.release()
    await expect.poll(() => kindsFor(client.mac), {timeout: 10_000}).toContain('release')
    expect(await requestLease(client)).toMatchObject({address: '192.168.56.101'})

    function kindsFor(mac: string): unknown[] {
      return server
        .events()
        .filter((event) => event['mac'] === mac)
        .map(({kind}) => kind)
    }
  }))

test('an address that a client finds in use and declines is not given again', () =>
  withNetwork('leases-decline', async (network) => {
    const lab = await makeLeasingLab(network)
    const server = await startServe(lab, 'full')
    const client = await addClient(network, 1)
    // Somebody takes the address between the offer and the client's own look (udhcpc -a): it comes up when the offer is out.
    const thief = await network.addClient('52:54:00:00:02:09')
    const asking = client.run(['udhcpc', '-f', '-q', '-n', '-a1000', '-t', '10', '-T', '1', '-i', 'eth0', '-s', '/bin/true'])
    await expect.poll(() => server.events().some((event) => event.kind === 'offer'), {timeout: 15_000, interval: 5}).toBe(true)
    await thief.mustRun(['ip', 'address', 'add', '192.168.56.100/24', 'dev', 'eth0'])
    const finished = await asking
    expect(finished.stderr).toContain('lease of 192.168.56.101 obtained')
    expect(server.events().some((event) => event.kind === 'decline' && String(event['message']).includes('nobody gets it'))).toBe(true)
    await thief.mustRun(['ip', 'address', 'flush', 'dev', 'eth0'])
    expect(await requestLease(await addClient(network, 2))).toMatchObject({address: '192.168.56.102'})
  }))

test('a second server on the same lab does not write the leases too, and names the process that does', () =>
  withNetwork('leases-two', async (network) => {
    const lab = await makeLeasingLab(network)
    const first = await startServe(lab, 'full')
    await lab.must('config', 'set', 'serve.dhcp-port', '1067')
    const second = ['serve', '--listen', SERVER, '--tftp-port', '1069', '--http-port', '1080', '--dhcp', 'full']
    const refused = await lab.pxectl(...second)
    expect(refused.exitCode).toBe(4)
    expect(errorOf(refused)).toMatchObject({code: 'LEASES_IN_USE', message: expect.stringMatching(/process \d+/) as unknown})
    const pid = /process (\d+)/.exec(errorOf(refused).message)?.[1] ?? ''
    expect(await readFile(`/proc/${pid}/cmdline`, 'latin1')).toContain(join(lab.folder, 'pxectl.ini'))
    // The lock ends with its holder, however that ends.
    await first.kill()
    const alone = lab.start(...second)
    await expect.poll(() => alone.stdout(), {timeout: 20_000}).toContain('"ready"')
  }))

test('after --user the lease file is written anew all the same, in a folder that only root may write', () =>
  withNetwork('leases-user', async (network) => {
    await chmod(network.folder, 0o755)
    const lab = await makeLeasingLab(network)
    const state = join(lab.folder, '.pxectl')
    const client = await network.addClient('52:54:00:00:02:01', '192.168.56.100/24')
    const server = await startServe(lab, 'full', '--user', 'nobody')
    expect(await requestLease(client)).toMatchObject({address: '192.168.56.100'})
    expect(await stat(state)).toMatchObject({uid: 0, mode: 0o40755})
    const answered = await renewManyTimes(client, {ip: '192.168.56.100', server: SERVER, times: 9000})
    expect(answered).toBe(9000)
    const sizes = await Promise.all(['', '.second'].map(async (end) => (await stat(join(state, `pxe.db.leases${end}`))).size))
    // 9,000 lines of 100 bytes, had they stayed in one file.
    expect(Math.max(...sizes)).toBeLessThan(4200 * 110)
    expect(server.events().filter(({kind}) => kind === 'warning')).toEqual([])
    await server.kill()
    await startServe(lab, 'full', '--user', 'nobody')
    expect(await requestLease(await addClient(network, 2))).toMatchObject({address: '192.168.56.101'})
    expect(await requestLease(client)).toMatchObject({address: '192.168.56.100'})
  }))
