/*
 * Batched UDP (IPv4, Linux) for src/tftp/batch-port.ts, which is the only user: up to 64 datagrams for one recvmmsg and one
 * call into JavaScript, up to 64 messages for one sendmmsg, and with UDP segmentation offload (GSO) up to 64 datagrams in each.
 * No datagram waits here: what the kernel does not take stays in JavaScript's queue. All of TFTP that is known here is what an
 * ACK looks like: JavaScript may leave it to an ACK clock to send a stretch of a file on, a window for every ACK that it expects,
 * and hears of whatever else comes.
 *
 * Exports: version, check(), isIpv4(fd), open(address, port, fd, area, onReady) -> port, flush(port, …), startClock(port, …) ->
 * place, stopClock(port, place), close(port).
 * One command of any C compiler makes it. There is no state outside struct Port, so that worker threads can load it too.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addon.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT /* linux/udp.h, since Linux 4.18 */
#define UDP_SEGMENT 103
#endif

enum {
  VERSION = 2, /* of the exports; batch-port.ts refuses any other */
  BATCH = 64,
  /* After so many full batches the event loop gets its turn, or a flood of datagrams would starve HTTP and timers. */
  MAX_ROUNDS = 4,
  MAX_SEGMENTS = 64,  /* UDP_MAX_SEGMENTS of the oldest kernels that have it */
  MAX_PAYLOAD = 65507, /* 65535 less the headers of IPv4 and UDP; holds for a segmented message as a whole too */
  RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024,
  CLOCK_MESSAGES = 4, /* of a window; larger ones are JavaScript's */
  CLOCKS = 4096,      /* of a port; a power of two */
  CLOCK_WAYS = 8,
};

/*
 * One stretch of datagrams, end to end in `bytes`, that goes out window by window: when the block `awaited` is acknowledged.
 * The bytes are memory of JavaScript, which batch-port.ts keeps alive.
 */
typedef struct {
  uint64_t key; /* the client; 0: this place is free */
  uint8_t *bytes;
  uint32_t at, end, segmentBytes, windowBytes;
  uint16_t awaited;
  bool hasSent;
} Clock;

/* What JavaScript reads of a clock, as doubles one after the other. Offsets are in its bytes, times in ms of uv_hrtime. */
enum { ACKED, SENT, SENT_AT_MS, TRIP_MS, CLOCK_VALUES };

typedef struct {
  napi_env env;
  uv_poll_t poll;
  int fd;
  int holders; /* of this struct: the JavaScript object, and libuv until its handle is closed */
  bool isOpen;
  bool isBlocked; /* the send buffer was full: waiting until it is not */
  bool useGso;
  /* Where received datagrams go: slot i is slotBytes long. Memory of JavaScript, kept alive by `area`. */
  uint8_t *slots;
  double *keys;
  uint32_t *lengths;
  uint32_t slotCount, slotBytes;
  /* The headers of a batch. They stay as they are from call to call, but for what the kernel wrote into the first `received`. */
  struct mmsghdr messages[BATCH];
  struct iovec bytes[BATCH];
  struct sockaddr_in from[BATCH];
  uint32_t received;
  /* A client's clock stands at one of the CLOCK_WAYS places from where its key hashes to, so none moves when another goes. */
  Clock clocks[CLOCKS];
  uint32_t clockCount;
  double *clockValues;
  napi_ref self, area, onReady;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
} Port;

/* The runs of one flush; see batch-port.ts. `spans` holds start, end and segment bytes of each. */
typedef struct {
  napi_env env;
  napi_value sources;
  const double *keys;
  uint32_t *spans;
  uint32_t count;
  uint32_t ungsoed; /* the run for which the kernel refused segmentation */
} Runs;

/* The messages of one system call, and how far each brings its run. */
typedef struct {
  struct mmsghdr messages[BATCH];
  struct iovec bytes[BATCH];
  struct sockaddr_in to[BATCH];
  _Alignas(struct cmsghdr) char control[BATCH][CMSG_SPACE(sizeof(uint16_t))];
  uint32_t run[BATCH], next[BATCH];
  uint32_t filled;
} Outbox;

/* ---- the socket ---- */

/* Makes and binds a socket. Returns -1, with errno set and the failed call in `call`. */
static int bindSocket(const char *address, uint32_t port, const char **call) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  *call = "bind";
  if (inet_pton(AF_INET, address, &here.sin_addr) != 1 || port > UINT16_MAX) {
    errno = EINVAL;
    return -1;
  }
  *call = "socket";
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  *call = "bind";
  if (bind(fd, (struct sockaddr *)&here, sizeof here) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* Takes over a socket that somebody else has bound. Where that fails it stays theirs. */
static int adoptSocket(int fd, const char **call) {
  int domain = 0, type = 0, off = 0;
  socklen_t length = sizeof domain;
  *call = "open";
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0) return -1;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0) return -1;
  if (domain != AF_INET || type != SOCK_DGRAM) {
    errno = domain != AF_INET ? EAFNOSUPPORT : EINVAL;
    return -1;
  }
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) return -1;
  /* Errors that come back from the network are lost datagrams to us. A queue of them would wake us for ever. */
  setsockopt(fd, IPPROTO_IP, IP_RECVERR, &off, sizeof off);
  return fd;
}

static void tuneSocket(Port *port) {
  int wanted = RECEIVE_BUFFER_BYTES, none = 0;
  /* The first needs CAP_NET_ADMIN and passes net.core.rmem_max; the second gives what that allows. */
  if (setsockopt(port->fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0) {
    setsockopt(port->fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
  }
  port->useGso = setsockopt(port->fd, SOL_UDP, UDP_SEGMENT, &none, sizeof none) == 0;
}

/* ---- life and death ---- */

static void release(Port *port) {
  if (--port->holders == 0) free(port);
}

static void onCollected(napi_env env, void *port, void *hint) {
  (void)env, (void)hint;
  release(port);
}

static void onHandleClosed(uv_handle_t *handle) {
  Port *port = handle->data;
  /* In the end of a thread this also says that we are done. */
  napi_remove_async_cleanup_hook(port->hook);
  release(port);
}

/* Frees the system's port at once, the memory when libuv and JavaScript have let go. */
static void closePort(Port *port) {
  if (!port->isOpen) return;
  port->isOpen = false;
  uv_close((uv_handle_t *)&port->poll, onHandleClosed);
  close(port->fd);
  napi_async_destroy(port->env, port->context);
  napi_delete_reference(port->env, port->onReady);
  napi_delete_reference(port->env, port->area);
  napi_delete_reference(port->env, port->self);
}

/* The process or the worker thread ends while the port is open. (Of a closed one, onHandleClosed is on its way.) */
static void onTeardown(napi_async_cleanup_hook_handle hook, void *port) {
  (void)hook;
  closePort(port);
}

/* ---- receiving ---- */

/* Calls onReady(count). */
static void tellReady(Port *port, uint32_t count) {
  napi_handle_scope scope;
  napi_value argument;
  if (napi_open_handle_scope(port->env, &scope) != napi_ok) return;
  if (napi_create_uint32(port->env, count, &argument) == napi_ok) {
    callBack(port->env, port->context, port->self, port->onReady, 1, &argument);
  }
  napi_close_handle_scope(port->env, scope);
}

/* One header per slot. To write them for every batch would cost a lone client more than its datagram does. */
static void prepareHeaders(Port *port) {
  for (uint32_t i = 0; i < port->slotCount; i++) {
    port->bytes[i] = (struct iovec){port->slots + (size_t)i * port->slotBytes, port->slotBytes};
    port->messages[i].msg_hdr = (struct msghdr){
        .msg_name = &port->from[i], .msg_namelen = sizeof port->from[i], .msg_iov = &port->bytes[i], .msg_iovlen = 1};
  }
}

/* Receives into the slots. Returns how many; a datagram that is longer than a slot is cut. */
static uint32_t receiveBatch(Port *port) {
  for (uint32_t i = 0; i < port->received; i++) port->messages[i].msg_hdr.msg_namelen = sizeof port->from[i];
  int count;
  do {
    count = recvmmsg(port->fd, port->messages, port->slotCount, MSG_DONTWAIT, NULL);
  } while (count < 0 && errno == EINTR);
  port->received = count < 0 ? 0 : (uint32_t)count;
  for (uint32_t i = 0; i < port->received; i++) {
    uint64_t address = ntohl(port->from[i].sin_addr.s_addr), udpPort = ntohs(port->from[i].sin_port);
    /* Anyone may send from port 0, but nothing can be sent there: no client. */
    port->keys[i] = udpPort == 0 ? -1 : (double)(address << 16 | udpPort);
    port->lengths[i] = port->messages[i].msg_len;
  }
  return port->received;
}

/* ---- ACK clocks ---- */

/* One message more; with more than a segment the kernel cuts it into datagrams. */
static void fillMessage(Outbox *box, uint64_t key, uint8_t *bytes, uint32_t length, uint32_t segment) {
  uint32_t i = box->filled++;
  box->to[i] = (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(key & 0xffff), .sin_addr.s_addr = htonl((uint32_t)(key >> 16))};
  box->bytes[i] = (struct iovec){bytes, length};
  struct msghdr *header = &box->messages[i].msg_hdr;
  *header = (struct msghdr){
      .msg_name = &box->to[i], .msg_namelen = sizeof box->to[i], .msg_iov = &box->bytes[i], .msg_iovlen = 1};
  if (length <= segment) return;
  header->msg_control = box->control[i];
  header->msg_controllen = sizeof box->control[i];
  struct cmsghdr *option = CMSG_FIRSTHDR(header);
  option->cmsg_level = SOL_UDP;
  option->cmsg_type = UDP_SEGMENT;
  option->cmsg_len = CMSG_LEN(sizeof(uint16_t));
  uint16_t size = (uint16_t)segment;
  memcpy(CMSG_DATA(option), &size, sizeof size);
}

/* The clock with `wanted` as its key among the places that the client `key` may have. Returns NULL where there is none. */
static Clock *findClock(Port *port, uint64_t key, uint64_t wanted) {
  uint32_t place = (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 32);
  for (uint32_t way = 0; way < CLOCK_WAYS; way++) {
    Clock *clock = &port->clocks[(place + way) % CLOCKS];
    if (clock->key == wanted) return clock;
  }
  return NULL;
}

/* The clock that the datagram in a slot moves on. Returns NULL where it is for JavaScript. */
static Clock *clockOf(Port *port, uint32_t slot) {
  const uint8_t *datagram = port->slots + (size_t)slot * port->slotBytes;
  /* RFC 1350 section 5: opcode 4, block number. */
  if (port->keys[slot] <= 0 || port->lengths[slot] < 4 || datagram[0] != 0 || datagram[1] != 4) return NULL;
  uint64_t key = (uint64_t)port->keys[slot];
  Clock *clock = findClock(port, key, key);
  bool isAwaited = clock != NULL && clock->at < clock->end && clock->awaited == (datagram[2] << 8 | datagram[3]);
  return isAwaited ? clock : NULL;
}

static void stopClock(Port *port, Clock *clock) {
  if (clock->key == 0) return;
  clock->key = 0;
  port->clockCount--;
}

/* How much of a window goes into one message: all of it, or as many whole datagrams as the kernel takes. */
static uint32_t messageBytes(uint32_t windowBytes, uint32_t segmentBytes) {
  uint32_t most = MAX_PAYLOAD / segmentBytes < MAX_SEGMENTS ? MAX_PAYLOAD / segmentBytes : MAX_SEGMENTS;
  return windowBytes <= most * segmentBytes || windowBytes == segmentBytes ? windowBytes : most * segmentBytes;
}

static uint32_t messagesOf(const Clock *clock) {
  uint32_t bytes = messageBytes(clock->windowBytes, clock->segmentBytes);
  return bytes == 0 ? UINT32_MAX : (clock->windowBytes + bytes - 1) / bytes;
}

/* Puts the next window of a clock into the box. */
static void moveOn(Clock *clock, Outbox *box) {
  uint32_t rest = clock->end - clock->at;
  uint32_t length = clock->windowBytes < rest ? clock->windowBytes : rest;
  uint32_t most = messageBytes(clock->windowBytes, clock->segmentBytes);
  for (uint32_t sent = 0; sent < length; sent += most) {
    fillMessage(box, clock->key, clock->bytes + clock->at + sent, length - sent < most ? length - sent : most, clock->segmentBytes);
  }
  clock->at += length;
  clock->awaited += (uint16_t)((length + clock->segmentBytes - 1) / clock->segmentBytes);
}

static void tellMoved(Port *port, Clock *clock, uint32_t acked, double nowMs) {
  double *values = &port->clockValues[(clock - port->clocks) * CLOCK_VALUES];
  values[ACKED] = acked;
  values[SENT] = clock->at;
  /* The window before the first of ours may have been sent twice: no measure (Karn's rule). */
  if (clock->hasSent) values[TRIP_MS] = nowMs - values[SENT_AT_MS];
  values[SENT_AT_MS] = nowMs;
  clock->hasSent = true;
}

/* The windows of one system call: the clock of each as it was before, the slot of its ACK, and where its messages end. */
typedef struct {
  Outbox box;
  Clock before[BATCH], *clocks[BATCH];
  uint32_t slots[BATCH], ends[BATCH];
  uint32_t count;
} Windows;

/* Sends them, and gives the key -1 to the ACKs that are answered so. Returns how many. */
static uint32_t sendWindows(Port *port, Windows *windows) {
  Outbox *box = &windows->box;
  uint32_t sent = 0, done = 0;
  while (sent < box->filled) {
    int taken = sendmmsg(port->fd, box->messages + sent, box->filled - sent, MSG_DONTWAIT);
    if (taken > 0) sent += (uint32_t)taken;
    else if (errno != EINTR) break;
  }
  double nowMs = box->filled == 0 ? 0 : (double)uv_hrtime() / 1e6;
  for (; done < windows->count && windows->ends[done] <= sent; done++) {
    port->keys[windows->slots[done]] = -1;
    tellMoved(port, windows->clocks[done], windows->before[done].at, nowMs);
  }
  /* The kernel takes no more, or does not want this one: JavaScript gets the ACK, and its queue knows what to do then. */
  for (uint32_t i = windows->count; i > done; i--) *windows->clocks[i - 1] = windows->before[i - 1];
  windows->count = box->filled = 0;
  return done;
}

/* Answers the expected ACKs of a batch. What is done gets the key -1; returns how many datagrams are left for JavaScript. */
static uint32_t moveClocks(Port *port, uint32_t count) {
  Windows windows;
  uint32_t done = 0;
  windows.count = windows.box.filled = 0;
  for (uint32_t slot = 0; slot < count; slot++) {
    Clock *clock = clockOf(port, slot);
    if (clock == NULL) continue;
    if (windows.box.filled + messagesOf(clock) > BATCH) done += sendWindows(port, &windows);
    uint32_t i = windows.count++;
    windows.before[i] = *clock;
    windows.clocks[i] = clock;
    windows.slots[i] = slot;
    moveOn(clock, &windows.box);
    windows.ends[i] = windows.box.filled;
  }
  return count - done - sendWindows(port, &windows);
}

static void onPoll(uv_poll_t *poll, int status, int events);

static void watch(Port *port) {
  uv_poll_start(&port->poll, port->isBlocked ? UV_READABLE | UV_WRITABLE : UV_READABLE, onPoll);
}

static void onPoll(uv_poll_t *poll, int status, int events) {
  Port *port = poll->data;
  if (status < 0) { /* the socket has an error, and libuv has stopped watching: forget the one, start the other */
    int error;
    socklen_t length = sizeof error;
    getsockopt(port->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    watch(port);
  }
  if ((events & UV_WRITABLE) && port->isBlocked) {
    port->isBlocked = false;
    watch(port);
    tellReady(port, 0);
  }
  if (!(events & UV_READABLE)) return;
  for (int round = 0; round < MAX_ROUNDS && port->isOpen; round++) {
    uint32_t count = receiveBatch(port);
    uint32_t left = port->clockCount == 0 ? count : moveClocks(port, count);
    if (left > 0) tellReady(port, count);
    if (count < port->slotCount) return;
  }
}

/* ---- sending ---- */

/* Adds the next message of a run. Returns whether the run is now complete. */
static bool addMessage(Outbox *box, const Runs *runs, uint32_t run, uint8_t *bytes, uint32_t at, bool useGso) {
  uint32_t end = runs->spans[run * 3 + 1], segment = runs->spans[run * 3 + 2];
  uint32_t rest = end - at, length = segment == 0 || segment > rest ? rest : segment;
  if (useGso && length < rest && length <= MAX_PAYLOAD / 2) {
    uint32_t most = MAX_PAYLOAD / segment < MAX_SEGMENTS ? MAX_PAYLOAD / segment : MAX_SEGMENTS;
    length = most * segment < rest ? most * segment : rest;
  }
  uint32_t i = box->filled;
  fillMessage(box, (uint64_t)runs->keys[run], bytes + at, length, segment == 0 ? length : segment);
  box->run[i] = run;
  box->next[i] = at + length;
  return box->next[i] == end;
}

/* Fills the box from run `first` on. Returns the first run that is not, or not wholly, in it. */
static uint32_t fillBox(Outbox *box, const Runs *runs, uint32_t first, bool useGso) {
  box->filled = 0;
  for (uint32_t run = first; run < runs->count; run++) {
    const uint32_t *span = &runs->spans[run * 3];
    napi_value source;
    napi_typedarray_type type;
    size_t length;
    void *bytes;
    if (box->filled == BATCH) return run;
    /* A view whose memory is gone has length 0: such a run is dropped, like one that lies outside its bytes. */
    if (napi_get_element(runs->env, runs->sources, run, &source) != napi_ok ||
        napi_get_typedarray_info(runs->env, source, &type, &length, &bytes, NULL, NULL) != napi_ok ||
        type != napi_uint8_array || span[0] > span[1] || span[1] > length) {
      continue;
    }
    uint32_t at = span[0];
    while (!addMessage(box, runs, run, bytes, at, useGso && run != runs->ungsoed)) {
      if (box->filled == BATCH) return run;
      at = box->next[box->filled - 1];
    }
  }
  return runs->count;
}

static void markSent(const Outbox *box, const Runs *runs, uint32_t message, uint32_t *first) {
  uint32_t run = box->run[message];
  runs->spans[run * 3] = box->next[message];
  *first = box->next[message] == runs->spans[run * 3 + 1] ? run + 1 : run;
}

/* One system call for what begins at run `*first`, which moves on. Returns false where the send buffer is full. */
static bool sendBatch(Port *port, Runs *runs, uint32_t *first) {
  Outbox box;
  uint32_t rest = fillBox(&box, runs, *first, port->useGso);
  if (box.filled == 0) {
    *first = rest;
    return true;
  }
  int sent = sendmmsg(port->fd, box.messages, box.filled, MSG_DONTWAIT);
  if (sent > 0) {
    markSent(&box, runs, (uint32_t)sent - 1, first);
    return true;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
  if (errno == EINTR) return true;
  if (box.messages[0].msg_hdr.msg_controllen > 0 && (errno == EINVAL || errno == EIO || errno == EMSGSIZE)) {
    /* EIO: the network card cannot do the checksums. The others: segments beyond the path's MTU, which must be fragmented. */
    if (errno == EIO) port->useGso = false;
    runs->ungsoed = box.run[0];
    return true;
  }
  markSent(&box, runs, 0, first); /* no route, a firewall: one lost datagram */
  return true;
}

/* ---- exports ---- */

/* flush(port, sources, keys, spans, first, count): sends; returns the first run that could not be sent yet, else count. */
static napi_value jsFlush(napi_env env, napi_callback_info info) {
  napi_value arguments[6], result;
  size_t argumentCount = 6, keyCount, spanCount;
  Port *port;
  Runs runs = {.env = env, .ungsoed = UINT32_MAX};
  uint32_t first;
  TRY(napi_get_cb_info(env, info, &argumentCount, arguments, NULL, NULL));
  TRY(napi_unwrap(env, arguments[0], (void **)&port));
  runs.sources = arguments[1];
  TRY(napi_get_typedarray_info(env, arguments[2], NULL, &keyCount, (void **)&runs.keys, NULL, NULL));
  TRY(napi_get_typedarray_info(env, arguments[3], NULL, &spanCount, (void **)&runs.spans, NULL, NULL));
  TRY(napi_get_value_uint32(env, arguments[4], &first));
  TRY(napi_get_value_uint32(env, arguments[5], &runs.count));
  if (runs.count > keyCount || runs.count > spanCount / 3) return throwErrno(env, "flush", EINVAL);
  bool isTaken = true;
  while (port->isOpen && first < runs.count && isTaken) {
    napi_handle_scope scope;
    TRY(napi_open_handle_scope(env, &scope));
    isTaken = sendBatch(port, &runs, &first);
    TRY(napi_close_handle_scope(env, scope));
  }
  if (port->isOpen && !isTaken && !port->isBlocked) {
    port->isBlocked = true;
    watch(port);
  }
  TRY(napi_create_uint32(env, first, &result));
  return result;
}

/*
 * startClock(port, key, bytes, start, end, segmentBytes, windowBytes, awaited): sends `bytes` from start to end on, in place of
 * what a clock of the client did. Returns its place, or -1, and nothing has changed: none is free, or a window is more than a message.
 */
static napi_value jsStartClock(napi_env env, napi_callback_info info) {
  napi_value arguments[8], result;
  size_t argumentCount = 8, length;
  Port *port;
  double key;
  void *bytes;
  uint32_t awaited;
  Clock next = {0};
  TRY(napi_get_cb_info(env, info, &argumentCount, arguments, NULL, NULL));
  TRY(napi_unwrap(env, arguments[0], (void **)&port));
  TRY(napi_get_value_double(env, arguments[1], &key));
  TRY(napi_get_typedarray_info(env, arguments[2], NULL, &length, &bytes, NULL, NULL));
  TRY(napi_get_value_uint32(env, arguments[3], &next.at));
  TRY(napi_get_value_uint32(env, arguments[4], &next.end));
  TRY(napi_get_value_uint32(env, arguments[5], &next.segmentBytes));
  TRY(napi_get_value_uint32(env, arguments[6], &next.windowBytes));
  TRY(napi_get_value_uint32(env, arguments[7], &awaited));
  bool isInside = next.at <= next.end && next.end <= length;
  if (!isInside || next.segmentBytes == 0 || next.windowBytes < next.segmentBytes || key <= 0) return throwErrno(env, "clock", EINVAL);
  next.key = (uint64_t)key;
  next.bytes = bytes;
  next.awaited = (uint16_t)awaited;
  bool isOneDatagram = next.windowBytes == next.segmentBytes;
  Clock *clock = findClock(port, next.key, next.key);
  if (clock == NULL) clock = findClock(port, next.key, 0);
  if (!port->isOpen || clock == NULL || !(isOneDatagram || (port->useGso && messagesOf(&next) <= CLOCK_MESSAGES))) {
    TRY(napi_create_int32(env, -1, &result));
    return result;
  }
  if (clock->key == 0) port->clockCount++;
  *clock = next;
  int32_t place = (int32_t)(clock - port->clocks);
  double *values = &port->clockValues[place * CLOCK_VALUES];
  values[ACKED] = values[SENT] = next.at;
  values[TRIP_MS] = -1;
  TRY(napi_create_int32(env, place, &result));
  return result;
}

/* stopClock(port, place): at once, and again without harm. */
static napi_value jsStopClock(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t argumentCount = 2;
  Port *port;
  uint32_t place;
  TRY(napi_get_cb_info(env, info, &argumentCount, arguments, NULL, NULL));
  TRY(napi_unwrap(env, arguments[0], (void **)&port));
  TRY(napi_get_value_uint32(env, arguments[1], &place));
  if (place >= CLOCKS) return throwErrno(env, "clock", EINVAL);
  stopClock(port, &port->clocks[place]);
  return NULL;
}

/* Reads {slots, keys, lengths} of the receive area. */
static napi_value readArea(napi_env env, napi_value area, Port *port) {
  napi_value slots, keys, lengths;
  size_t slotBytes, keyCount, lengthCount;
  TRY(napi_get_named_property(env, area, "slots", &slots));
  TRY(napi_get_named_property(env, area, "keys", &keys));
  TRY(napi_get_named_property(env, area, "lengths", &lengths));
  TRY(napi_get_typedarray_info(env, slots, NULL, &slotBytes, (void **)&port->slots, NULL, NULL));
  TRY(napi_get_typedarray_info(env, keys, NULL, &keyCount, (void **)&port->keys, NULL, NULL));
  TRY(napi_get_typedarray_info(env, lengths, NULL, &lengthCount, (void **)&port->lengths, NULL, NULL));
  if (keyCount == 0 || keyCount > BATCH || keyCount != lengthCount) return throwErrno(env, "area", EINVAL);
  port->slotCount = (uint32_t)keyCount;
  port->slotBytes = (uint32_t)(slotBytes / keyCount);
  return area;
}

/* Gives the port to libuv and to JavaScript. From here on closePort undoes everything. */
static napi_value startPort(napi_env env, Port *port, napi_value area, napi_value onReady) {
  struct sockaddr_in here = {0};
  socklen_t length = sizeof here;
  uv_loop_t *loop;
  napi_value self, key, name, buffer, values;
  getsockname(port->fd, (struct sockaddr *)&here, &length);
  TRY(napi_get_uv_event_loop(env, &loop));
  TRY(napi_create_object(env, &self));
  TRY(napi_create_double(env, (double)((uint64_t)ntohl(here.sin_addr.s_addr) << 16 | ntohs(here.sin_port)), &key));
  TRY(napi_set_named_property(env, self, "key", key));
  TRY(napi_create_arraybuffer(env, CLOCKS * CLOCK_VALUES * sizeof(double), (void **)&port->clockValues, &buffer));
  TRY(napi_create_typedarray(env, napi_float64_array, CLOCKS * CLOCK_VALUES, buffer, 0, &values));
  TRY(napi_set_named_property(env, self, "clocks", values));
  TRY(napi_create_string_utf8(env, "BATCHUDP", NAPI_AUTO_LENGTH, &name));
  if (uv_poll_init(loop, &port->poll, port->fd) != 0) return throwErrno(env, "poll", EINVAL);
  port->poll.data = port;
  port->holders = 2;
  port->isOpen = true;
  napi_wrap(env, self, port, onCollected, NULL, NULL);
  napi_create_reference(env, self, 1, &port->self);
  napi_create_reference(env, area, 1, &port->area);
  napi_create_reference(env, onReady, 1, &port->onReady);
  napi_async_init(env, self, name, &port->context);
  napi_add_async_cleanup_hook(env, onTeardown, port, &port->hook);
  watch(port);
  return self;
}

/* open(address, port, fd, area, onReady): fd is -1, or a bound socket to take over. Returns the port; its `key` is its own place,
   `clocks` what its clocks have done. */
static napi_value jsOpen(napi_env env, napi_callback_info info) {
  napi_value arguments[5];
  size_t argumentCount = 5, length;
  char address[64];
  const char *call = NULL;
  uint32_t number;
  int32_t fd;
  TRY(napi_get_cb_info(env, info, &argumentCount, arguments, NULL, NULL));
  TRY(napi_get_value_string_utf8(env, arguments[0], address, sizeof address, &length));
  TRY(napi_get_value_uint32(env, arguments[1], &number));
  TRY(napi_get_value_int32(env, arguments[2], &fd));
  Port *port = calloc(1, sizeof *port);
  if (port == NULL) return throwErrno(env, "open", ENOMEM);
  port->env = env;
  if (readArea(env, arguments[3], port) == NULL) {
    free(port);
    return NULL;
  }
  port->fd = fd < 0 ? bindSocket(address, number, &call) : adoptSocket(fd, &call);
  if (port->fd < 0) {
    int error = errno;
    free(port);
    return throwErrno(env, call, error);
  }
  tuneSocket(port);
  prepareHeaders(port);
  napi_value self = startPort(env, port, arguments[3], arguments[4]);
  if (self == NULL) {
    if (fd < 0) close(port->fd);
    free(port);
  }
  return self;
}

/* close(port): at once, and again without harm. */
static napi_value jsClose(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t argumentCount = 1;
  Port *port;
  TRY(napi_get_cb_info(env, info, &argumentCount, &argument, NULL, NULL));
  TRY(napi_unwrap(env, argument, (void **)&port));
  closePort(port);
  return NULL;
}

/* isIpv4(fd): whether an fd is an IPv4 socket. */
static napi_value jsIsIpv4(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  size_t argumentCount = 1;
  int32_t fd;
  int domain = 0;
  socklen_t length = sizeof domain;
  TRY(napi_get_cb_info(env, info, &argumentCount, &argument, NULL, NULL));
  TRY(napi_get_value_int32(env, argument, &fd));
  bool isIpv4 = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_INET;
  TRY(napi_get_boolean(env, isIpv4, &result));
  return result;
}

/* check(): throws where this system, or a sandbox on it, does not let us have the two system calls. */
static napi_value jsCheck(napi_env env, napi_callback_info info) {
  (void)info;
  struct mmsghdr message = {0};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return throwErrno(env, "socket", errno);
  int error = 0;
  const char *call = "recvmmsg";
  if (recvmmsg(fd, &message, 1, MSG_DONTWAIT, NULL) < 0 && errno != EAGAIN) error = errno;
  if (error == 0 && sendmmsg(fd, &message, 0, MSG_DONTWAIT) < 0) {
    error = errno;
    call = "sendmmsg";
  }
  close(fd);
  return error == 0 ? NULL : throwErrno(env, call, error);
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {.utf8name = "open", .method = jsOpen, .attributes = napi_enumerable},
      {.utf8name = "flush", .method = jsFlush, .attributes = napi_enumerable},
      {.utf8name = "startClock", .method = jsStartClock, .attributes = napi_enumerable},
      {.utf8name = "stopClock", .method = jsStopClock, .attributes = napi_enumerable},
      {.utf8name = "close", .method = jsClose, .attributes = napi_enumerable},
      {.utf8name = "isIpv4", .method = jsIsIpv4, .attributes = napi_enumerable},
      {.utf8name = "check", .method = jsCheck, .attributes = napi_enumerable},
  };
  napi_value version;
  TRY(napi_create_uint32(env, VERSION, &version));
  TRY(napi_set_named_property(env, exports, "version", version));
  TRY(napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions));
  return exports;
}
