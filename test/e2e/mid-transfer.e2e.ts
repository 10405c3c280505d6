// Files change while they are being sent: the client gets the whole old file or an error, never a mixture, and whoever asks after
// the change gets the new file. The server runs as an ordinary user.
//
//     br0 192.168.56.1: pxectl serve --user nobody ── c1 192.168.56.50: TFTP and HTTP clients that stop in the middle
import {writeFileSync} from 'node:fs'
import {chmod, mkdir, rename, rm, symlink, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {fetchByHttp, fetchByTftp, type FetchOptions, type Fetched} from './support/fetch.js'
import {makeLab} from './support/lab.js'
import {openNetwork, type Network} from './support/network.js'
import {noise} from './support/noise.js'
import {mustRun} from './support/programs.js'
import {type Serving, startServing} from './support/serving.js'
import {openSockets, type Sockets} from './support/sockets.js'

const LARGE = 5 * 1024 * 1024 + 77
const SMALL = 20_000

let network: Network
let serving: Serving
let sockets: Sockets
let root: string

beforeAll(async () => {
  network = await openNetwork('change')
  const client = await network.addClient('52:54:00:00:00:50', '192.168.56.50/24')
  // Little room on the way, so that a client that does not read stops the server in the middle of 5 MiB.
  await client.mustRun(['sh', '-c', 'echo 4096 65536 65536 >/proc/sys/net/ipv4/tcp_rmem'])
  await network.mustRun(['sh', '-c', 'echo 4096 65536 65536 >/proc/sys/net/ipv4/tcp_wmem'])
  const lab = await makeLab(network, {dhcp: 'none'})
  root = lab.tftpRoot
  await chmod(network.folder, 0o755)
  for (const {name, size} of CASES) await writeFile(join(root, name), noise(size, 1))
  for (const protocol of Object.keys(PROTOCOLS)) {
    for (const build of [0, 1]) {
      await mkdir(join(root, `builds-${protocol}`, `build-${build}`), {recursive: true})
      await writeFile(join(root, `builds-${protocol}`, `build-${build}`, 'vmlinuz'), noise(LARGE, 5 + build))
    }
  }
  // A server may mistrust a file that is too young for its time stamps to tell two versions apart. Here it has no reason to.
  await new Promise((resolve) => setTimeout(resolve, 2100))
  serving = await startServing(lab, '--user', 'nobody')
  sockets = await openSockets(client)
})

afterAll(() => network?.close())

const PROTOCOLS = {
  TFTP: (name: string, options?: FetchOptions) => fetchByTftp(sockets, name, {windowsize: 16, ...options}),
  HTTP: (name: string, options?: FetchOptions) => fetchByHttp(sockets, name, options),
} as const

type Change = {
  readonly name: string
  /** Changes the file at `path`; gives what a request after it must get, undefined for a refusal. */
  readonly apply: (path: string, size: number) => Promise<Buffer | undefined>
  /** Only the name gets another file: this is how files are replaced well, and must not disturb who has the old one. */
  readonly isByName?: true
}

const NEW_SEED = 2
const CHANGES: readonly Change[] = [
  {
    name: 'replaced by rename',
    isByName: true,
    apply: async (path, size) => {
      const content = noise(size + 1000, NEW_SEED)
      await writeFile(`${path}.new`, content)
      await rename(`${path}.new`, path)
      return content
    },
  },
  {
    name: 'replaced by rename with a file of the same size and time',
    isByName: true,
    apply: async (path, size) => {
      const content = noise(size, NEW_SEED)
      await writeFile(`${path}.new`, content)
      await mustRun(['touch', '-r', path, `${path}.new`])
      await rename(`${path}.new`, path)
      return content
    },
  },
  {
    name: 'overwritten in place with the same size',
    apply: async (path, size) => {
      const content = noise(size, NEW_SEED)
      await writeFile(path, content, {flag: 'r+'})
      return content
    },
  },
  {
    name: 'overwritten in place with the same size, its time set back',
    apply: async (path, size) => {
      const content = noise(size, NEW_SEED)
      // To the nanosecond, which Node's utimes cannot.
      await mustRun(['touch', '-r', path, `${path}.times`])
      await writeFile(path, content, {flag: 'r+'})
      await mustRun(['touch', '-r', `${path}.times`, path])
      return content
    },
  },
  {
    name: 'overwritten in place with a longer one',
    apply: async (path, size) => {
      const content = noise(size * 2, NEW_SEED)
      await writeFile(path, content)
      return content
    },
  },
  {
    name: 'cut to a third',
    apply: async (path, size) => {
      const left = Math.floor(size / 3)
      await truncate(path, left)
      return noise(size, 1).subarray(0, left)
    },
  },
  {
    name: 'emptied',
    apply: async (path) => {
      await truncate(path, 0)
      return Buffer.alloc(0)
    },
  },
  {
    name: 'deleted',
    apply: async (path) => {
      await rm(path)
      return undefined
    },
  },
  {
    name: 'made unreadable (chmod 000)',
    apply: async (path) => {
      await chmod(path, 0)
      return undefined
    },
  },
]

const CASES = Object.entries(PROTOCOLS).flatMap(([protocol, fetch], at) =>
  [LARGE, SMALL].flatMap((size) => CHANGES.map((change, index) => ({protocol, fetch, size, change, name: `file-${at}-${size}-${index}`}))),
)

for (const {protocol, fetch, size, change, name} of CASES) {
  test(`${protocol}: a ${size === LARGE ? 'large' : 'small'} file ${change.name} in the middle of its transfer`, async () => {
    const path = join(root, name)
    const old = noise(size, 1)
    // Asked for once before, so that a server that keeps files in memory has it there.
    expectContent(await fetch(name), old)

    let next: Buffer | undefined
    const during: Fetched[] = []
    const fetched = await fetch(name, {
      stopAfter: size === SMALL ? 1 : Math.floor(size / 3),
      inTheMiddle: async () => {
        next = await change.apply(path, size)
        for (const other of Object.values(PROTOCOLS)) during.push(await other(name))
      },
    })
    expect(during).toHaveLength(2)
    for (const answer of [...during, await fetch(name)]) {
      if (next === undefined) expect(answer.kind, 'a request after the change').toBe('refused')
      else expectContent(answer, next)
    }
    if (fetched.kind === 'whole' || change.isByName) expectContent(fetched, old)
    else expect(fetched.kind).toBe('broken')
    serving.mustBeWell()
  })
}

for (const [protocol, fetch] of Object.entries(PROTOCOLS)) {
  test(`${protocol}: a folder behind a symbolic link is switched to another build`, async () => {
    const folder = `builds-${protocol}`
    const kernels = [noise(LARGE, 5), noise(LARGE, 6)]
    const switchTo = async (build: number): Promise<void> => {
      await symlink(`build-${build}`, join(root, folder, 'next'))
      await rename(join(root, folder, 'next'), join(root, folder, 'current'))
    }
    await switchTo(0)
    const name = `${folder}/current/vmlinuz`
    for (const build of [1, 0, 1]) {
      const fetched = await fetch(name, {
        stopAfter: LARGE / 3,
        inTheMiddle: async () => {
          await switchTo(build)
          expectContent(await fetch(name), kernels[build])
        },
      })
      expectContent(fetched, kernels[1 - build])
    }
  })

  test(`${protocol}: a file that is rewritten with the same size again and again is never stale`, async () => {
    const name = `fresh-${protocol}`
    const path = join(root, name)
    for (let round = 0; round < 150; round += 1) {
      // Twice within the same step of the clock that file times are taken from.
      writeFileSync(path, noise(4000, 2 * round), {flag: round === 0 ? 'w' : 'r+'})
      if (round % 3 === 0) expectContent(await fetch(name), noise(4000, 2 * round))
      const content = noise(4000, 2 * round + 1)
      writeFileSync(path, content, {flag: 'r+'})
      expectContent(await fetch(name), content)
    }
  })

  test(`${protocol}: a file that is rewritten just after the transfer has begun comes whole or not at all`, async () => {
    const name = `young-${protocol}`
    const path = join(root, name)
    const outcomes = {old: 0, new: 0, error: 0}
    for (let round = 0; round < 25; round += 1) {
      const [old, rewritten] = [noise(LARGE / 4, 1000 + round), noise(LARGE / 4, 2000 + round)]
      writeFileSync(path, old)
      const fetched = await fetch(name, {
        stopAfter: 1,
        inTheMiddle: async () => {
          writeFileSync(path, rewritten, {flag: 'r+'})
        },
      })
      if (fetched.kind !== 'whole') outcomes.error += 1
      else if (fetched.content.equals(old)) outcomes.old += 1
      else if (fetched.content.equals(rewritten)) outcomes.new += 1
      else throw new Error(`round ${round}: a mixture of the old file and the new one`)
    }
    console.log(`${protocol}, rewritten just after the beginning: ${JSON.stringify(outcomes)}`)
    expect(outcomes.old + outcomes.new + outcomes.error).toBe(25)
  })
}

function expectContent(fetched: Fetched, content: Buffer | undefined): void {
  const got = fetched.kind === 'whole' ? `whole, ${fetched.content.length} bytes` : `${fetched.kind}: ${fetched.reason}`
  expect(got).toBe(`whole, ${content?.length} bytes`)
  if (fetched.kind === 'whole') expect(fetched.content.equals(content ?? Buffer.alloc(0)), 'the right bytes').toBe(true)
}
