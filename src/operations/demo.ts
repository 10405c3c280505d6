// The main job on embedded defaults: makes a lab on loopback, serves it, and has one host netboot over real packets.
// No root, no DHCP server, no hypervisor; nothing leaves 127.0.0.0/8.
import {randomBytes} from 'node:crypto'
import {join, relative} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Host} from '../hosts/host.js'
import {loopbackValues} from '../lab/init-values.js'
import {openLab, type Lab} from '../lab/open-lab.js'
import {parseHostname} from '../net/hostname.js'
import {parseHostMac} from '../net/mac.js'
import {copyAtomic, findStats, isReadable, listFolder, makeFolder, writeAtomic} from '../system/files.js'
import {addHost} from './add-host.js'
import {applyDhcp} from './apply-dhcp.js'
import {IMAGES_FOLDER} from './read-images.js'
import type {BootTestResult, BootTestStep} from './boot-test.js'
import {bootTestLab} from './boot-test-lab.js'
import {renderFileDiff, type FileDiff} from './file-diff.js'
import {setSetting} from './edit-settings.js'
import {initLab} from './init-lab.js'
import {installLoaders} from './install-loaders.js'
import {serveLab, type ServeEvent, type Serving} from './serve.js'

/** A dhcpd.conf as people have it: comments, a host of theirs, a dynamic range. The demo edits it in place. */
const DHCPD_CONF = `# dhcpd.conf of the laboratory, kept by hand since 2011
authoritative;
default-lease-time 600;
max-lease-time 7200;

option domain-name "lab.example";	# do not change: the printers rely on it

subnet 127.0.0.0 netmask 255.255.255.0 {
	range 127.0.0.200 127.0.0.250;
	option routers 127.0.0.1;
	group {
		host printer { hardware ethernet 00:11:22:33:44:55; fixed-address 127.0.0.9; }
	}
}
`

const DEMO_VALUES = {
  ...loopbackValues,
  'lab.name': 'demo',
  'network.domain': 'lab.example',
  'dhcp.backend': 'isc',
  'dhcp.config': 'dhcpd.conf',
  'dhcp.restart': 'none',
  'dhcp.boot-options': 'subnet',
} as const

const PORTS = ['serve.tftp-port', 'serve.http-port', 'serve.dhcp-port'] as const
const MOST_SHIFT = 20_000

const LOADER = 'undionly.kpxe'
const IMAGE = 'demo-linux'
const MAC = '08:00:27:12:34:56'

export type DemoEvents = {
  /** A new part of the account begins, with what one would type for it. */
  readonly onPart: (title: string, command: string | undefined) => void
  readonly onText: (text: string) => void
  readonly onDiff: (diff: FileDiff) => void
  readonly onServe: (event: ServeEvent) => void
  readonly onBootStep: (step: BootTestStep) => void
}

export type Demo = {
  readonly configPath: string
  readonly host: Host
  readonly standIns: readonly string[]
  readonly bootTest: BootTestResult
  close(): Promise<void>
}

/** Makes the lab in `folder` and leaves it served; `close` stops serving. */
export async function runDemo(folder: string, events: DemoEvents): Promise<Demo> {
  events.onPart('A lab of its own', 'pxectl init demo-lab --defaults')
  const {lab, serving} = await startLab(folder, events)
  try {
    events.onText(`made ${lab.configPath}, a host database and a TFTP root; serving ${renderPlaces(serving)}`)
    events.onPart('Boot loaders, a kernel and an initrd', 'pxectl loader install')
    const standIns = [...(await putLoaders(lab, events)), ...(await putImage(lab, events))]
    events.onPart('Boot options in a dhcpd.conf that was kept by hand', 'pxectl dhcp apply')
    for (const diff of (await applyDhcp(lab, {})).files) events.onDiff(diff)
    events.onPart('One host: database, DHCP entry and boot menus in one step', `pxectl add-host tk2 --mac ${MAC} --image ${IMAGE}`)
    const host = await addDemoHost(lab, events)
    events.onPart('The host netboots: DHCP, TFTP and HTTP packets', `pxectl boot-test ${host.name}`)
    const bootTest = await bootTestLab(lab, host.name, {timeoutMs: 5000, onStep: events.onBootStep})
    const close = async (): Promise<void> => {
      await serving.close()
      await lab.close()
    }
    return {configPath: lab.configPath, host, standIns, bootTest, close}
  } catch (error) {
    await serving.close()
    await lab.close()
    throw error
  }
}

/** The ports of the settings may be taken, perhaps by another demo: then the next thousand is tried. */
async function startLab(folder: string, events: DemoEvents): Promise<{lab: Lab; serving: Serving}> {
  await makeFolder(folder)
  await writeAtomic(join(folder, 'dhcpd.conf'), DHCPD_CONF)
  const {configPath} = await initLab({folder, values: DEMO_VALUES, dryRun: false})
  const options = {configFlag: configPath, environment: {}, workingFolder: folder}
  for (let shift = 0; ; shift += 1000) {
    for (const name of PORTS) await setSetting(options, name, String(Number(DEMO_VALUES[name]) + shift), false)
    const lab = await openLab(options)
    try {
      return {lab, serving: await serveLab(lab, {dhcp: 'full', http: true, onEvent: events.onServe})}
    } catch (error) {
      await lab.close()
      if (!(error instanceof PxectlError && error.code === 'PORT_IN_USE') || shift >= MOST_SHIFT) throw error
    }
  }
}

/** Real loaders from the system's packages; where there are none, a file that says what it stands in for. */
async function putLoaders(lab: Lab, events: DemoEvents): Promise<string[]> {
  const {tftpRoot} = lab.settings.lab
  try {
    const {loaders} = await installLoaders({tftpRoot, dryRun: false})
    const installed = loaders.filter((loader) => loader.state !== 'missing').map((loader) => loader.name)
    if (installed.includes(LOADER)) {
      events.onText(`loaders from the packages of this system: ${installed.join(', ')}`)
      return []
    }
  } catch (error) {
    if (!(error instanceof PxectlError && error.code === 'LOADERS_MISSING')) throw error
  }
  return [await putStandIn(lab, LOADER, 100_000, events)]
}

/** The newest kernel of this machine with its initrd; where they cannot be read, stand-ins. */
async function putImage(lab: Lab, events: DemoEvents): Promise<string[]> {
  const folder = join(lab.settings.lab.tftpRoot, IMAGES_FOLDER, IMAGE)
  await makeFolder(folder)
  const standIns: string[] = []
  for (const [name, prefix, sizeBytes] of [
    ['vmlinuz', 'vmlinuz-', 8_000_000],
    ['initrd.img', 'initrd.img-', 24_000_000],
  ] as const) {
    const found = await findBootFile(prefix)
    if (found === undefined) standIns.push(await putStandIn(lab, `${IMAGES_FOLDER}/${IMAGE}/${name}`, sizeBytes, events))
    else {
      await copyAtomic(found, join(folder, name))
      events.onText(`${name} is a copy of ${found}`)
    }
  }
  return standIns
}

async function findBootFile(prefix: string): Promise<string | undefined> {
  for (const name of (await listFolder('/boot')).filter((candidate) => candidate.startsWith(prefix)).reverse()) {
    const path = join('/boot', name)
    if ((await findStats(path))?.isFile() === true && (await isReadable(path))) return path
  }
  return undefined
}

async function putStandIn(lab: Lab, name: string, sizeBytes: number, events: DemoEvents): Promise<string> {
  const head = Buffer.from(
    `pxectl demo: a stand-in for ${name}, made on the spot because this machine has no real one. It boots nothing.\n`,
  )
  await writeAtomic(join(lab.settings.lab.tftpRoot, name), Buffer.concat([head, randomBytes(sizeBytes - head.length)]))
  events.onText(`${name} is a stand-in of ${sizeBytes} bytes made on the spot: this machine has no real one`)
  return name
}

async function addDemoHost(lab: Lab, events: DemoEvents): Promise<Host> {
  const wanted = {name: parseHostname('tk2'), mac: parseHostMac(MAC), image: IMAGE, dhcp: true, auto: false}
  const changed = await addHost(lab, wanted, {random: () => 0, now: () => new Date()})
  for (const file of changed.plan.dhcp?.files ?? []) events.onDiff(renderFileDiff(file))
  events.onText(
    `tk2 has ${changed.answer.host.ip}; boot files: ${changed.plan.bootFiles.map((file) => relative(lab.settings.lab.tftpRoot, file.path)).join(', ')}`,
  )
  return changed.answer.host
}

function renderPlaces(serving: Serving): string {
  return Object.entries(serving.listening)
    .map(([name, place]) => `${name} ${place}`)
    .join(', ')
}
