// QMP, the monitor of a QEMU machine: a JSON text a line (QEMU's docs/interop/qmp-spec).
//
//     QEMU     {"QMP": {"version": …, "capabilities": […]}}
//     us       {"execute": "qmp_capabilities"}
//     QEMU     {"return": {}}
//     us       {"execute": "query-status"}
//     QEMU     {"event": "RESET", …}                      events may come at any time
//     QEMU     {"return": {"status": "running", …}}
import {PxectlError} from '../../errors.js'
import type {SocketTalk} from '../../system/unix-socket.js'

export type QmpReply = Readonly<Record<string, unknown>>

/** One machine, however busy it is, answers in this time. */
const ANSWER_MS = 10_000

/** The lines that make QEMU do this, from the greeting on. */
export function renderQmp(...commands: readonly string[]): string {
  return ['qmp_capabilities', ...commands].map((execute) => JSON.stringify({execute})).join('\n')
}

/** Says these lines and gives the answer to the last; throws QMP_FAILED for an error, and SOCKET_FAILED where none comes in time. */
export async function askQmp(talk: SocketTalk, text: string): Promise<QmpReply> {
  try {
    let reply = await nextReply(talk, 'QMP')
    for (const line of text.split('\n')) {
      talk.send(`${line}\n`)
      reply = await nextReply(talk, 'return')
    }
    return reply
  } finally {
    talk.close()
  }
}

/** The value below `key` of the next message that is no event. */
async function nextReply(talk: SocketTalk, key: 'QMP' | 'return'): Promise<QmpReply> {
  for (;;) {
    const line = await talk.line(ANSWER_MS)
    if (line === undefined) throw qmpFailed('it ended the conversation')
    const message = parseMessage(line)
    if (message['error'] !== undefined) throw qmpFailed(String((message['error'] as QmpReply)['desc'] ?? line))
    if (message[key] !== undefined) return message[key] as QmpReply
  }
}

function parseMessage(line: string): QmpReply {
  try {
    return JSON.parse(line) as QmpReply
  } catch (cause) {
    throw qmpFailed(`it said ${line.slice(0, 100)}`, cause)
  }
}

function qmpFailed(reason: string, cause?: unknown): PxectlError {
  return new PxectlError(`QEMU's monitor: ${reason}`, {code: 'QMP_FAILED', kind: 'external', details: {reason}, cause})
}
