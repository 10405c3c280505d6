// A lab under test: made in a temporary folder, with two hosts, served on loopback, and asked by HTTP as a booting machine would ask.
// Needs neither root nor a DHCP server:  npm install pxectl && npx tsc lab.test.ts --module nodenext --target es2023 && node --test
import assert from 'node:assert/strict'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {after, before, test} from 'node:test'
import {
  addHost,
  initLab,
  labAt,
  listHosts,
  loopbackValues,
  openLab,
  parseHostMac,
  parseHostname,
  parseIpv4,
  PxectlError,
  realWorld,
  serveLab,
  showMenu,
  type Lab,
  type ServeEvent,
  type Serving,
} from 'pxectl'

const KERNEL = 'this stands in for a kernel'
const events: ServeEvent[] = []
let folder: string
let lab: Lab
let serving: Serving

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-test-'))
  // Ports of its own, so that a lab of yours may go on serving.
  const values = {...loopbackValues, 'serve.tftp-port': '26969', 'serve.http-port': '28069'}
  const {configPath} = await initLab({folder, values, dryRun: false})
  lab = await openLab(labAt(configPath))

  const image = join(lab.settings.lab.tftpRoot, 'images/tiny')
  await mkdir(image, {recursive: true})
  await writeFile(join(image, 'vmlinuz'), KERNEL)
  await writeFile(join(image, 'initrd.img'), 'and this for an initrd')

  const tk2 = {name: parseHostname('tk2'), mac: parseHostMac('08:00:27:12:34:56'), ip: parseIpv4('127.0.0.21'), image: 'tiny'}
  await addHost(lab, {...tk2, dhcp: true, auto: false}, {...realWorld})
  // What is left out is chosen.
  await addHost(lab, {name: parseHostname('tk3'), image: 'tiny', bootArgs: 'quiet', dhcp: true, auto: false}, {...realWorld})

  serving = await serveLab(lab, {dhcp: 'off', http: true, onEvent: (event) => events.push(event)})
})

after(async () => {
  await serving?.close()
  await lab?.close()
  await rm(folder, {recursive: true, force: true})
})

test('the hosts are in the database, each with an address of its own', async () => {
  const {hosts} = await listHosts(lab)
  assert.deepEqual(
    hosts.map(({name}) => name),
    ['tk2', 'tk3'],
  )
  assert.equal(new Set(hosts.map(({ip}) => ip)).size, 2)
})

test('a menu starts the kernel of the image, with the arguments of the host', async () => {
  const {text} = await showMenu(lab, 'tk3', 'ipxe')
  assert.match(text, /images\/tiny\/vmlinuz/)
  assert.match(text, /quiet/)
})

test('a booting machine gets its menu, then its kernel, by HTTP', async () => {
  const base = `http://${serving.listening['http']}`
  const menu = await (await fetch(`${base}/ipxe/01-08-00-27-12-34-56.ipxe`)).text()
  assert.match(menu, /^#!ipxe/)
  const kernel = /^kernel (\S+)/m.exec(menu)?.[1] ?? ''
  assert.equal(await (await fetch(new URL(kernel, base))).text(), KERNEL)
  assert.equal((await fetch(`${base}/no-such-file`)).status, 404)
  assert.ok(events.length >= 3)
})

test('a name that is taken is refused, with a code, and nothing changes', async () => {
  const again = addHost(lab, {name: parseHostname('tk2'), dhcp: true, auto: false}, {...realWorld})
  await assert.rejects(again, (error: unknown) => error instanceof PxectlError && error.kind === 'conflict')
  assert.equal((await listHosts(lab)).hosts.length, 2)
})
