// Downloads from a server of our own, which behaves as well or as badly as each test wants.
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {readdirSync, readFileSync} from 'node:fs'
import {describe, expect, onTestFinished, test} from 'vitest'
import {withDownload} from '../../src/images/download.js'
import {fetchText, publicUrl} from '../../src/images/fetch.js'
import ImageAdd from '../../commands/image/add.js'
import {makeLab} from '../support/lab.js'
import {runCommand} from '../support/run-command.js'
import {makeTgz} from '../support/tar.js'
import {temporaryFolder} from '../support/temporary-folder.js'
import {platformFiles} from './samples.js'

type Seen = {
  readonly url: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
  readonly authorization: string | undefined
}
type Behaviour = (request: IncomingMessage, response: ServerResponse, count: number) => void

/** Serves on a free port of 127.0.0.1 until the test ends. */
async function serve(behaviour: Behaviour): Promise<{url: string; seen: Seen[]}> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const {range, authorization} = request.headers
    seen.push({url: request.url ?? '', range, ifRange: request.headers['if-range'] as string | undefined, authorization})
    behaviour(request, response, seen.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen}
}

const BYTES = Buffer.from(Array.from({length: 200_000}, (_, index) => (index * 7) % 251))
const ETAG = '"one"'

/** A server that knows ranges; the first answers break off after so many bytes. */
const breaking =
  (after: readonly number[], options: {etag?: (count: number) => string; bytes?: (count: number) => Buffer} = {}): Behaviour =>
  (request, response, count) => {
    const bytes = options.bytes?.(count) ?? BYTES
    const etag = options.etag?.(count) ?? ETAG
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const isRest = start > 0 && request.headers['if-range'] === etag
    if (isRest && start >= bytes.length) {
      response.writeHead(416, {'content-range': `bytes */${bytes.length}`}).end()
      return
    }
    const rest = isRest ? bytes.subarray(start) : bytes
    response.writeHead(isRest ? 206 : 200, {
      'content-length': rest.length,
      etag,
      ...(isRest ? {'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`} : {}),
    })
    const limit = after[count - 1]
    if (limit === undefined) response.end(rest)
    else response.write(rest.subarray(0, limit), () => response.destroy())
  }

/** How much of a download is on the disk. */
function partSize(folder: string): number {
  const part = readdirSync(folder).find((name) => name.endsWith('.part'))
  return part === undefined ? 0 : readFileSync(`${folder}/${part}`).length
}

async function fetchBytes(url: string, folder: string, signal?: AbortSignal): Promise<Buffer> {
  return withDownload(url, folder, signal === undefined ? {} : {signal}, ({path}) => Promise.resolve(readFileSync(path)))
}

describe('a download', () => {
  test('arrives whole, follows redirects, and leaves nothing', async () => {
    const folder = temporaryFolder()
    const {url} = await serve((request, response) => {
      if (request.url === '/old.iso') response.writeHead(302, {location: '/new.iso'}).end()
      else response.end(BYTES)
    })
    expect((await fetchBytes(`${url}/old.iso`, folder)).equals(BYTES)).toBe(true)
    expect(readdirSync(folder)).toEqual([])
  })

  test('that breaks goes on from where it was', async () => {
    const folder = temporaryFolder()
    const {url, seen} = await serve((request, response, count) => {
      if (count > 2) return breaking([])(request, response, count)
      // What the client has not taken yet is lost with the connection, so this waits until it is on the disk.
      const end = count * 60_000
      const headers = count === 1 ? {} : {'content-range': `bytes 60000-${BYTES.length - 1}/${BYTES.length}`}
      response.writeHead(count === 1 ? 200 : 206, {etag: ETAG, 'content-length': BYTES.length - (end - 60_000), ...headers})
      response.write(BYTES.subarray(end - 60_000, end))
      void expect
        .poll(() => partSize(folder), {timeout: 10_000, interval: 5})
        .toBe(end)
        .then(() => response.destroy())
    })
    expect((await fetchBytes(`${url}/a.iso`, folder)).equals(BYTES)).toBe(true)
    expect(seen.map(({range}) => range)).toEqual([undefined, 'bytes=60000-', 'bytes=120000-'])
    expect(seen[1]?.ifRange).toBe(ETAG)
  })

  test('of a file that changed meanwhile begins anew', async () => {
    const other = Buffer.from(BYTES.toReversed())
    const {url} = await serve(
      breaking([70_000], {etag: (count) => (count === 1 ? '"one"' : '"two"'), bytes: (count) => (count === 1 ? BYTES : other)}),
    )
    expect((await fetchBytes(`${url}/a.iso`, temporaryFolder())).equals(other)).toBe(true)
  })

  test('that was complete when its use failed is not fetched again', async () => {
    const folder = temporaryFolder()
    const {url, seen} = await serve(breaking([]))
    const failing = withDownload(`${url}/a.iso`, folder, {}, () => Promise.reject(new Error('not today')))
    await expect(failing).rejects.toThrow('not today')
    expect((await fetchBytes(`${url}/a.iso`, folder)).equals(BYTES)).toBe(true)
    expect(seen.map(({range}) => range)).toEqual([undefined, `bytes=${BYTES.length}-`])
  })

  test('that the user stops is kept for later', async () => {
    const folder = temporaryFolder()
    const controller = new AbortController()
    const {url, seen} = await serve((request, response, count) => {
      if (count > 1) return breaking([])(request, response, count)
      response.writeHead(200, {'content-length': BYTES.length, etag: ETAG})
      response.write(BYTES.subarray(0, 90_000))
    })
    const stopped = fetchBytes(`${url}/a.iso`, folder, controller.signal)
    await Promise.all([
      expect(stopped).rejects.toMatchObject({code: 'INTERRUPTED'}),
      expect
        .poll(() => partSize(folder), {timeout: 10_000, interval: 5})
        .toBe(90_000)
        .then(() => controller.abort()),
    ])
    expect((await fetchBytes(`${url}/a.iso`, folder)).equals(BYTES)).toBe(true)
    expect(seen[1]?.range).toBe('bytes=90000-')
  })

  test('from a server that announces more than it has ends with an error', async () => {
    const {url, seen} = await serve((_, response) => {
      response.writeHead(200, {'content-length': BYTES.length + 5})
      response.write(BYTES, () => response.destroy())
    })
    await expect(fetchBytes(`${url}/a.iso`, temporaryFolder())).rejects.toMatchObject({code: 'DOWNLOAD_FAILED', kind: 'external'})
    expect(seen.length).toBeLessThan(10)
  })

  test('from a server that sends another part than asked for ends with an error', async () => {
    const {url} = await serve((request, response, count) => {
      if (count === 1) return breaking([70_000])(request, response, count)
      response.writeHead(206, {'content-range': `bytes 10-19/${BYTES.length}`, 'content-length': 10}).end(BYTES.subarray(10, 20))
    })
    await expect(fetchBytes(`${url}/a.iso`, temporaryFolder())).rejects.toMatchObject({code: 'DOWNLOAD_FAILED'})
  })

  test('larger than the disk is refused before it begins', async () => {
    const folder = temporaryFolder()
    const {url} = await serve((_, response) => {
      response.writeHead(200, {'content-length': 2 ** 52})
      response.write('x')
    })
    await expect(fetchBytes(`${url}/a.iso`, folder)).rejects.toMatchObject({code: 'DISK_FULL', kind: 'environment'})
    expect(readdirSync(folder)).toEqual([])
  })

  test.each([
    [404, 'DOWNLOAD_NOT_FOUND', 'notFound'],
    [403, 'DOWNLOAD_REFUSED', 'external'],
    [500, 'DOWNLOAD_REFUSED', 'external'],
  ])('that is answered with %d', async (status, code, kind) => {
    const {url} = await serve((_, response) => response.writeHead(status).end('no'))
    await expect(fetchBytes(`${url}/a.iso`, temporaryFolder())).rejects.toMatchObject({code, kind, details: {status}})
  })

  test('sends the user and password of the address, and does not write them down', async () => {
    const folder = temporaryFolder()
    const {url, seen} = await serve((_, response) => response.end('x'))
    const address = `${url.replace('http://', 'http://me:p%40ss@')}/a.iso`
    await fetchBytes(address, folder)
    expect(seen[0]?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
    expect(publicUrl(address)).toBe(`${url}/a.iso`)
  })

  test('of the same address by two at once: the second is told', async () => {
    const folder = temporaryFolder()
    const {url} = await serve(breaking([]))
    await withDownload(`${url}/a.iso`, folder, {}, async () => {
      await expect(fetchBytes(`${url}/a.iso`, folder)).rejects.toMatchObject({code: 'DOWNLOAD_BUSY', kind: 'conflict'})
    })
  })

  test('of a list of checksums is bounded', async () => {
    const {url} = await serve((_, response) => response.end(Buffer.alloc(2 << 20)))
    await expect(fetchText(`${url}/SHA256SUMS`, {})).rejects.toMatchObject({code: 'DOWNLOAD_FAILED'})
  })

  test('that nobody answers', async () => {
    const {url} = await serve((request) => request.socket.destroy())
    await expect(fetchBytes(`${url}/a.iso`, temporaryFolder())).rejects.toMatchObject({code: 'DOWNLOAD_FAILED'})
  })
})

describe('image add from an address', () => {
  test('fetches, checks against a list beside it, and writes down where it came from', async () => {
    const lab = await makeLab()
    const bytes = await makeTgz(platformFiles())
    const {createHash} = await import('node:crypto')
    const list = `${createHash('sha512').update(bytes).digest('hex')}  platform-20140207T053435Z.tgz\n`
    const {url} = await serve((request, response) => response.end(request.url === '/SHA512SUMS' ? list : bytes))
    const argv = [
      `${url.replace('//', '//me:secret@')}/platform-20140207T053435Z.tgz`,
      '--checksum',
      `${url}/SHA512SUMS`,
      '--json',
      '--config',
      lab.config,
    ]
    const ran = await runCommand(ImageAdd, argv)
    expect(ran.json()).toMatchObject({
      image: {name: 'smartos-20140207T053435Z', source: `${url}/platform-20140207T053435Z.tgz`},
      warnings: [],
    })
    expect(readdirSync(lab.path('.pxectl/downloads'))).toEqual([])
  })

  test('a wrong checksum throws the download away', async () => {
    const lab = await makeLab()
    const {url} = await serve(breaking([]))
    const ran = await runCommand(ImageAdd, [`${url}/a.iso`, '--checksum', `md5:${'0'.repeat(32)}`, '--json', '--config', lab.config])
    expect(ran.exitCode).toBe(7)
    expect(ran.json()).toMatchObject({error: {code: 'CHECKSUM_MISMATCH'}})
    expect(readdirSync(lab.path('.pxectl/downloads'))).toEqual([])
  })
})
