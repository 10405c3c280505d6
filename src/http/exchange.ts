// One request and its answer: opens the file, sends what answer.ts decided, and tells of it. What can be answered at once is
// answered without a promise, for a storm of small files.
import type {BootFile, BootFileSource, FileOrigin, Soon} from '../bootfiles/boot-file.js'
import {SMALL_FILE_BYTES} from '../bootfiles/tree-file.js'
import type {TransferEvent} from '../bootfiles/transfer-event.js'
import {messageOf} from '../errors.js'
import {
  answerFile,
  type ConditionHeaders,
  type describeFile,
  type FileAnswer,
  FOLDER,
  type HeaderFields,
  MALFORMED_PATH,
  METHOD_REFUSED,
  type Refusal,
  refusalOf,
} from './answer.js'
import type {BufferPool} from './buffer-pool.js'
import {type Reply, whyGone} from './reply.js'
import type {RunningTransfer, RunningTransfers} from './running-transfers.js'
import {type Pace, sendPieces} from './send-pieces.js'
import {namesFolder} from './target.js'

export type Asked = {
  readonly method: string
  /** Percent-decoded; undefined where that is not possible. */
  readonly path: string | undefined
  readonly target: string
  readonly conditions: ConditionHeaders
  readonly client: string
  readonly port: number
}

/** What all exchanges of a server share. */
export type Serving = {
  readonly files: BootFileSource
  readonly onEvent?: ((event: TransferEvent) => void) | undefined
  readonly describe: typeof describeFile
  readonly pool: BufferPool
  readonly running: RunningTransfers
  /** Takes note that a file was given out whole: others may be quicker the next time. */
  readonly keep?: ((kept: KeptFile) => void) | undefined
}

/** An answer to `target` that is right as long as the file is the same. `bytes` where they lie in memory. */
export type KeptFile = {
  readonly target: string
  readonly file: Pick<BootFile, 'sizeBytes' | 'version'>
  readonly origin: FileOrigin
  readonly headers: HeaderFields
  readonly bytes?: Uint8Array
}

type Refused = {
  readonly asked: Asked
  readonly reply: Reply
  readonly serving: Serving
  readonly startedMs: number
}

type Exchange = Refused & {readonly pace: Pace}

/** A body up to this size is read at once and goes out in one write with its head. */
export const ONE_WRITE_BYTES = 64 * 1024

/** Answers one request; done at once where no promise comes back. An answer that fails midway destroys the connection. */
export function answerRequest(asked: Asked, reply: Reply, pace: Pace, serving: Serving): Soon<void> {
  const exchange: Exchange = {asked, reply, pace, serving, startedMs: performance.now()}
  const {method, path, client} = asked
  if (method !== 'GET' && method !== 'HEAD') return refuse(exchange, METHOD_REFUSED)
  if (path === undefined) return refuse(exchange, MALFORMED_PATH)
  if (namesFolder(path)) return refuse(exchange, FOLDER, `no such boot file: ${path}: a name that ends with a slash is a folder's`)

  let file: Soon<BootFile>
  try {
    file = serving.files({name: path, protocol: 'http', client})
  } catch (error) {
    return refuse(exchange, refusalOf(error), messageOf(error))
  }
  if (!(file instanceof Promise)) return answerWithFile(exchange, file)
  return file.then(
    (opened) => answerWithFile(exchange, opened),
    (error: unknown) => refuse(exchange, refusalOf(error), messageOf(error)),
  )
}

/** Refuses one request whatever it asks for. */
export function refuseRequest(asked: Asked, reply: Reply, serving: Serving, refusal: Refusal): void {
  refuse({asked, reply, serving, startedMs: performance.now()}, refusal)
}

function answerWithFile(exchange: Exchange, file: BootFile): Soon<void> {
  const {asked, reply} = exchange
  const {sizeBytes, modifiedMs, version} = file
  const facts = {name: asked.path ?? '', sizeBytes, modifiedMs, version}
  const answer = answerFile(asked.method, asked.conditions, facts, exchange.serving.describe(facts))
  const {status, headers, body, refusal} = answer
  if (body === undefined || asked.method === 'HEAD') {
    reply.send(status, headers)
    const closing = closeFile(file)
    tell(exchange, {kind: refusal === undefined ? 'done' : 'refused', status, sizeBytes, bytes: 0, message: refusal})
    return closing
  }
  const length = body.last - body.first + 1
  if (length > ONE_WRITE_BYTES) return answerInPieces(exchange, file, answer)

  let bytes: Soon<Uint8Array>
  try {
    bytes = file.read(body.first, length)
  } catch (error) {
    return failToRead(exchange, file, error)
  }
  if (!(bytes instanceof Promise)) return answerWithBytes(exchange, file, answer, bytes)
  return bytes.then(
    (read) => answerWithBytes(exchange, file, answer, read),
    (error: unknown) => failToRead(exchange, file, error),
  )
}

/** A path that stands for itself, asked for without conditions, is asked for so again. */
function keepFile({asked, serving}: Exchange, file: BootFile, {status, headers}: FileAnswer): void {
  const {target, path} = asked
  const {origin, sizeBytes} = file
  if (serving.keep === undefined || origin === undefined || status !== 200 || target !== path || target.includes('?')) return
  // What lies in memory comes at once.
  const bytes = sizeBytes <= SMALL_FILE_BYTES ? file.read(0, sizeBytes) : undefined
  serving.keep({target, file, origin, headers, ...(bytes instanceof Uint8Array ? {bytes} : {})})
}

function answerWithBytes(exchange: Exchange, file: BootFile, answer: FileAnswer, bytes: Uint8Array): Soon<void> {
  const {status, headers} = answer
  exchange.reply.send(status, headers, bytes)
  keepFile(exchange, file, answer)
  const closing = closeFile(file)
  tell(exchange, {kind: 'done', status, sizeBytes: file.sizeBytes, bytes: bytes.length})
  return closing
}

/** Nothing was sent yet, so that the failure can be an answer. */
function failToRead(exchange: Exchange, file: BootFile, error: unknown): Soon<void> {
  const refusal = refusalOf(error)
  sendRefusal(exchange, refusal)
  const closing = closeFile(file)
  tell(exchange, {kind: 'failed', status: refusal.status, sizeBytes: file.sizeBytes, bytes: 0, message: messageOf(error)})
  return closing
}

async function answerInPieces(exchange: Exchange, file: BootFile, answer: FileAnswer): Promise<void> {
  const {status, headers, body} = answer
  const {asked, reply, pace, serving, startedMs} = exchange
  const {sizeBytes} = file
  const {pool} = serving
  const range = body ?? {first: 0, last: -1}
  const transfer: RunningTransfer = {
    protocol: 'http',
    client: asked.client,
    port: asked.port,
    name: asked.path ?? '',
    sizeBytes,
    startedMs,
    bytes: 0,
  }
  let isBegun = false
  const onReady = (): void => {
    isBegun = true
    reply.begin(status, headers)
  }
  const onSent = (bytes: number): void => void (transfer.bytes += bytes)
  serving.running.add(transfer)
  try {
    tell(exchange, {kind: 'start', status, sizeBytes, bytes: 0})
    keepFile(exchange, file, answer)
    await sendPieces({file, range, out: reply.out, pool, pace, onReady, onSent, now: () => performance.now()})
    const isWhole = !reply.socket.destroyed && transfer.bytes === range.last - range.first + 1
    if (isWhole) reply.finish()
    await closeFile(file)
    const message = isWhole ? undefined : whyGone(reply.socket)
    tell(exchange, {kind: isWhole ? 'done' : 'failed', status, sizeBytes, bytes: transfer.bytes, message})
  } catch (error) {
    if (!isBegun) return await failToRead(exchange, file, error)
    // The head promised more bytes: only a broken connection tells the client that they will not come.
    reply.socket.destroy()
    await closeFile(file)
    tell(exchange, {kind: 'failed', status, sizeBytes, bytes: transfer.bytes, message: messageOf(error)})
  } finally {
    serving.running.delete(transfer)
  }
}

function refuse(exchange: Refused, refusal: Refusal, logged = refusal.message): void {
  sendRefusal(exchange, refusal)
  tell(exchange, {kind: 'refused', status: refusal.status, bytes: 0, message: logged})
}

function sendRefusal({asked, reply}: Refused, {status, message, headers}: Refusal): void {
  const body = Buffer.from(`${message}\n`)
  const described = {'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(body.length), ...headers}
  reply.send(status, described, asked.method === 'HEAD' ? undefined : body)
}

type Told = Pick<TransferEvent, 'kind' | 'bytes'> & {
  readonly status: number
  readonly sizeBytes?: number
  readonly message?: string | undefined
}

function tell({asked, serving, startedMs}: Refused, {kind, status, sizeBytes, bytes, message}: Told): void {
  const {client, port, method, path, target} = asked
  const name = path ?? target
  const durationMs = performance.now() - startedMs
  // By far the most events are of this shape, made without a second copy.
  if (sizeBytes !== undefined && message === undefined) {
    serving.onEvent?.({protocol: 'http', kind, client, port, name, sizeBytes, bytes, durationMs, method, status})
    return
  }
  const optional = {...(sizeBytes === undefined ? {} : {sizeBytes}), ...(message === undefined ? {} : {message})}
  serving.onEvent?.({protocol: 'http', kind, client, port, name, bytes, durationMs, method, status, ...optional})
}

/** Tells of a refusal that was given before it was known what is asked for. */
export function tellRefusal(serving: Serving, {client, port}: Pick<Asked, 'client' | 'port'>, {status, message}: Refusal): void {
  serving.onEvent?.({protocol: 'http', kind: 'refused', client, port, name: '', bytes: 0, durationMs: 0, status, message})
}

/** What was sent is sent: of a file that does not close, nobody can be told. */
function closeFile(file: BootFile): Soon<void> {
  const closing = file.close()
  return closing instanceof Promise ? closing.catch(() => undefined) : undefined
}
