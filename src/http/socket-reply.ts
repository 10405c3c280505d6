// Writes answers to a connection of our own: head and body in as few writes as there can be.
import {COPY_BYTES, type Joiner} from './joiner.js'
import type {RenderReplyHead} from './reply-head.js'
import type {ClientSocket, Reply} from './reply.js'

export type ReplyWriting = {readonly renderHead: RenderReplyHead; readonly joiner: Joiner}

/** `isLast` is asked for each answer: does the connection end after it? */
export function socketReply(socket: ClientSocket, {renderHead, joiner}: ReplyWriting, isLast: () => boolean): Reply {
  return {
    socket,
    out: socket,
    send(status, headers, body) {
      const head = renderHead(status, headers, isLast())
      if (body === undefined) {
        socket.write(head, 'latin1')
      } else if (body.length <= COPY_BYTES) {
        joiner.write(socket, head, body)
      } else {
        socket.cork()
        socket.write(head, 'latin1')
        socket.write(body)
        socket.uncork()
      }
    },
    begin(status, headers) {
      socket.cork()
      socket.write(renderHead(status, headers, isLast()), 'latin1')
      // By then the first piece is written too.
      process.nextTick(() => socket.uncork())
    },
    // The Content-Length said where the body ends.
    finish: () => undefined,
  }
}
