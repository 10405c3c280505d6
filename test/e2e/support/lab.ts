// A lab of pxectl in a test network, made and used through the built program only.
import {copyFile, mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {assets} from './assets.js'
import {RANGE, SERVER, SUBNET, type Network} from './network.js'
import {describe, until, type Finished, type Running} from './programs.js'
import {pxectlCommand} from './program.js'

export type JsonObject = Readonly<Record<string, unknown>>

export type Lab = {
  readonly folder: string
  readonly tftpRoot: string
  /** Runs pxectl on this lab with --json; a non-zero exit is an answer. */
  readonly pxectl: (...args: string[]) => Promise<Finished & {readonly json: JsonObject}>
  /** The same, and it must succeed. */
  readonly must: (...args: string[]) => Promise<JsonObject>
  /** Starts pxectl on this lab with --json and leaves it running. */
  readonly start: (...args: string[]) => Running
  /** Makes an image of the test kernel and initramfs. */
  readonly addImage: (name: string) => Promise<void>
}

export type LabOptions = {
  readonly dhcp: 'isc' | 'kea' | 'dnsmasq' | 'builtin' | 'none'
  /** With isc, kea and dnsmasq: the file that is edited, and the command that restarts the daemon (Kea can do without). */
  readonly dhcpd?: {readonly config: string; readonly restart?: string}
  /** More settings, as `pxectl config set` takes them. */
  readonly settings?: Readonly<Record<string, string>>
  /** For every pxectl that is run on the lab. */
  readonly env?: Readonly<Record<string, string>>
}

export async function makeLab(network: Network, options: LabOptions): Promise<Lab> {
  const lab = labAt(network, join(network.folder, 'lab'), options.env)
  const flags = ['--interface', 'br0', '--subnet', SUBNET, '--server', SERVER, '--range', RANGE, '--dhcp', options.dhcp]
  if (options.dhcpd !== undefined) flags.push('--dhcp-config', options.dhcpd.config)
  const made = await network.run([...pxectlCommand, 'init', lab.folder, ...flags, '--defaults', '--json'])
  succeeded({...made, json: parseJson(made)})
  const settings = {
    'boot.console': 'ttyS0,115200',
    // The menu is shown, and boots by itself at once.
    'boot.timeout': '1',
    ...(options.dhcpd?.restart === undefined ? {} : {'dhcp.restart': options.dhcpd.restart}),
    ...options.settings,
  }
  for (const [name, value] of Object.entries(settings)) await lab.must('config', 'set', name, value)
  return lab
}

/** The lab in a folder, which need not be there yet; commands run in the folder. */
export function labAt(network: Network, folder: string, env: LabOptions['env'] = {}): Lab {
  const words = (args: readonly string[]): string[] => [...pxectlCommand, ...args, '--config', join(folder, 'pxectl.ini'), '--json']
  const pxectl: Lab['pxectl'] = async (...args) => {
    const finished = await network.run(words(args), {cwd: folder, env, timeoutMs: 1_200_000})
    return {...finished, json: parseJson(finished)}
  }
  const tftpRoot = join(folder, 'tftpboot')
  return {
    folder,
    tftpRoot,
    pxectl,
    must: async (...args) => succeeded(await pxectl(...args)),
    start: (...args) => network.start(words(args), {cwd: folder, env}),
    addImage: async (name) => {
      const image = join(tftpRoot, 'images', name)
      await mkdir(image, {recursive: true})
      await copyFile(assets.vmlinuz, join(image, 'vmlinuz'))
      await copyFile(assets.initrd, join(image, 'initrd.img'))
      await writeFile(join(image, 'args'), `e2e.image=${name}\n`)
    },
  }
}

function parseJson(finished: Finished): JsonObject {
  // A program that was killed has printed nothing, or a part.
  if (finished.exitCode === null) return {}
  try {
    return JSON.parse(finished.stdout) as JsonObject
  } catch (cause) {
    throw new Error(`no JSON on stdout: ${describe(finished)}`, {cause})
  }
}

function succeeded(finished: Finished & {readonly json: JsonObject}): JsonObject {
  if (finished.exitCode !== 0) throw new Error(`unexpected: ${describe(finished)}`)
  return finished.json
}

/** The `error` of a failed command. */
export function errorOf(answer: {readonly json: JsonObject}): {code: string; message: string; suggestions: string[]; causes: string[]} {
  return answer.json['error'] as {code: string; message: string; suggestions: string[]; causes: string[]}
}

/** The names of `host list`. */
export async function hostNames(lab: Lab): Promise<string[]> {
  const {hosts} = await lab.must('host', 'list')
  return (hosts as {name: string}[]).map((host) => host.name)
}

/** Every file below a folder with its content, for comparing before and after. */
export async function snapshot(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const entry of await readdir(folder, {recursive: true, withFileTypes: true})) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) files.set(path.slice(folder.length + 1), (await readFile(path)).toString('latin1'))
  }
  return files
}

export type ServeEvent = JsonObject & {readonly kind?: string}

export type Server = {
  readonly events: () => ServeEvent[]
  readonly stop: () => Promise<void>
  /** SIGKILL. */
  readonly kill: () => Promise<void>
}

/** Starts `pxectl serve` and waits until it is ready. */
export async function startServe(lab: Lab, dhcp: 'off' | 'full' | 'proxy', ...more: readonly string[]): Promise<Server> {
  const running = lab.start('serve', '--listen', SERVER, '--tftp-port', '69', '--http-port', '8069', '--dhcp', dhcp, ...more)
  const events = (): ServeEvent[] =>
    running
      .stdout()
      .split('\n')
      .slice(0, -1)
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ServeEvent)
  await until('pxectl serve to be ready', 60_000, () => {
    if (!running.isRunning()) throw new Error(`pxectl serve ended\n--- stdout\n${running.stdout()}\n--- stderr\n${running.stderr()}`)
    return events().some((event) => event.kind === 'ready')
  })
  return {
    events,
    stop: async () => {
      await running.stop()
    },
    kill: async () => {
      running.child.kill('SIGKILL')
      await running.ended
    },
  }
}
