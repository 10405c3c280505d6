// A server with one good file among devices, FIFOs and links that lead astray, for clients that do what no client should.
import {mkdir, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect} from 'vitest'
import {fetchByHttp, fetchByTftp} from './fetch.js'
import {makeLab} from './lab.js'
import {openNetwork, type Client, type Network} from './network.js'
import {noise} from './noise.js'
import {mustRun} from './programs.js'
import {type Serving, startServing} from './serving.js'
import {openSockets, type Sockets} from './sockets.js'

/** The content of small.bin. */
export const SMALL = noise(3000, 1)

/** What lies outside of the TFTP root and must never be seen. */
export const SECRET = 'the secret of the house'

export type BadLab = {
  readonly network: Network
  readonly client: Client
  readonly serving: Serving
  readonly sockets: Sockets
  readonly root: string
  /** The point of every such test: whatever came before, a good client gets its file, both ways. `patienceMs`: how long its TFTP asks again. */
  readonly mustServe: (patienceMs?: number) => Promise<void>
}

/** Names, for both protocols, that must give nothing. */
export const BAD_NAMES: readonly string[] = [
  ...['.', '..', '\\', 'folder', 'folder/', 'folder/..', '../', '../../../../../../etc/passwd', '/../../etc/passwd', '/etc/passwd'],
  ...['..\\..\\..\\etc\\passwd', 'folder/../../secret', 'folder\\..\\..\\secret', './../secret', '....//secret', 'C:\\secret'],
  ...[
    '%2e%2e/secret',
    '%2e%2e%2fsecret',
    '..%2fsecret',
    '..%5csecret',
    '%252e%252e/secret',
    '..;/secret',
    '\u00c0\u00ae\u00c0\u00ae/secret',
  ],
  ...['outside', 'outside-folder/secret', 'dangling', 'round', 'fifo', 'zero', '/dev/zero', '/proc/self/mem', 'a'.repeat(10_240)],
  ...['a/'.repeat(5000), '../'.repeat(3000), 'small.bin/x', 'none'],
]

/** A name for a test's title. */
export function titleOf(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}… (${name.length} bytes)` : name
}

export async function openBadLab(title: string): Promise<BadLab> {
  const network = await openNetwork(title)
  try {
    const client = await network.addClient('52:54:00:00:00:50', '192.168.56.50/24')
    const {tftpRoot: root, ...lab} = await makeLab(network, {dhcp: 'none'})
    await fillRoot(root, network.folder)
    const serving = await startServing({tftpRoot: root, ...lab})
    const sockets = await openSockets(client)
    const mustServe: BadLab['mustServe'] = async (patienceMs) => {
      for (const fetched of [
        await fetchByTftp(sockets, 'small.bin', patienceMs === undefined ? {} : {patienceMs}),
        await fetchByHttp(sockets, 'small.bin'),
      ]) {
        expect(fetched).toMatchObject({kind: 'whole'})
        if (fetched.kind === 'whole') expect(fetched.content.equals(SMALL)).toBe(true)
      }
      serving.mustBeWell()
    }
    return {network, client, serving, sockets, root, mustServe}
  } catch (error) {
    await network.close()
    throw error
  }
}

async function fillRoot(root: string, outside: string): Promise<void> {
  await writeFile(join(root, 'small.bin'), SMALL)
  await mkdir(join(root, 'folder'))
  for (const place of [outside, join(root, '..')]) await writeFile(join(place, 'secret'), SECRET)
  for (const [link, target] of [
    ['outside', join(outside, 'secret')],
    ['outside-folder', outside],
    ['dangling', 'nowhere'],
    ['round', 'round'],
  ] as const) {
    await symlink(target, join(root, link))
  }
  await mustRun(['mkfifo', join(root, 'fifo')])
  await mustRun(['mknod', join(root, 'zero'), 'c', '1', '5'])
}
