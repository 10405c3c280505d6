/*
 * The front of the HTTP server (Linux) for src/http/front.ts, which is the only user: accepts connections and answers plain GETs of
 * files that JavaScript has left to it, without a word to JavaScript but an account of many answers at a time. Whatever else
 * comes is JavaScript's: it gets the connection with the bytes read so far, and may give the connection back later.
 *
 * Nothing is stale: at each request the path is looked up, and another file there, or the same in another state, is JavaScript's
 * again. Nothing is mixed: bytes in memory never change, and what is read from a file is sent only if the file is found unchanged
 * after the reading. (Hence no sendfile: it sends what is in the file when the client reads, not what was there when it was checked.)
 * Nothing waits for a disk: what is not in the kernel's memory is read by a thread of libuv's pool.
 *
 * Exports: version, check(), readHead(bytes), open(…) -> front, and of a front: keep, forget, look, resume, drop, waitsLongest,
 * endLongest, endSoon, destroyAll, active, close.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "addon.h"
#include "request-head.h"

enum {
  VERSION = 1, /* of the exports; front.ts refuses any other */
  BACKLOG = 1024,
  EVENTS = 128,            /* of epoll, for one turn of the event loop */
  ACCEPTS = 64,            /* likewise */
  TURN_BYTES = 256 * 1024, /* to one client, likewise */
  INPUT_BYTES = 16 * 1024,
  PIECE_BYTES = 256 * 1024, /* read from a file at once: fits the cache of a CPU */
  LEAST_PIECE_BYTES = 32 * 1024,
  HEAD_ROOM = 64, /* for Date and Connection */
  BUCKETS = 4096, /* a power of two */
  MOST_FILES = 1024,
  MOST_OPEN_FILES = 64,
  MOST_HELD_BYTES = 16 * 1024 * 1024,
  LINGER_MS = 1000, /* of fast-connection.ts */
  UNUSED_MS = 10000,
  TURN_TALLIES = 512, /* after so many the rest of a turn is left to the next */
  TALLY_VALUES = 6,
};

/* A file in one state. `held` is the JavaScript value that its bytes are in; without one they are read from `fd`. */
typedef struct File {
  struct File *next; /* in its bucket */
  double id;
  uint32_t holders; /* the table, and answers under way */
  bool isListed;
  char *path, *target, *head;
  size_t targetLength, headLength;
  struct stat state;
  const uint8_t *bytes;
  napi_ref held;
  int fd;
  uint64_t size;
  double usedMs;
} File;

typedef enum { WAITING, SENDING, LOADING, LINGERING, AWAY, DEAD } Stage; /* AWAY: JavaScript has it, on a descriptor of its own */

typedef struct Client {
  struct Client *previous, *next;
  double place; /* its name in JavaScript, never used again */
  int fd;
  uint32_t ip;
  uint16_t port;
  Stage stage;
  bool isLast, hasAnswered, mayBlock;
  double sinceMs; /* of the stage, or of the last progress in it */
  /* The answer under way: what is left of its head, then `sent` bytes of the file. */
  File *file;
  uint8_t *head;
  size_t headAt, headLength;
  uint64_t sent;
  size_t pieceBytes;
  double beganMs;
  /* Requests that came behind the one that is answered. */
  uint8_t *ahead;
  size_t aheadLength;
} Client;

/* A connection on its way to JavaScript; `place` is below 0 if it does not come back, `isCrowd` if there was no room for it. */
typedef struct {
  int fd;
  double place, sinceMs;
  bool isCrowd;
  uint8_t *bytes;
  size_t length;
} HandOver;

typedef struct {
  napi_env env;
  uv_poll_t poll;
  uv_loop_t *loop;
  int epoll, listener;
  int holders; /* the JavaScript object, libuv until its handle is closed, and each reading in the pool */
  bool isOpen, isListening, isEnding, isHandleClosed;
  uint32_t mostClients, count, jobs, fileCount, openFiles;
  uint64_t heldBytes;
  double nextPlace, nextId, longBytes;
  /* Shared with JavaScript: how many connections it has itself, how many are here. */
  double *counts;
  double *tallies;
  uint32_t tallyCount, mostTallies;
  Client clients; /* a ring */
  Client *dead;
  File *buckets[BUCKETS];
  HandOver handOvers[EVENTS + ACCEPTS];
  uint32_t handOverCount;
  uint8_t input[INPUT_BYTES], piece[PIECE_BYTES];
  char date[40];
  time_t dateOf;
  napi_ref self, onTallies, onSocket;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
} Front;

static double nowMs(void) { return (double)uv_hrtime() / 1e6; }

/* ---- what JavaScript is told ---- */

/* The first three are about an answer; DROPPED says that no more is heard of a file. */
typedef enum { BEGUN, DONE, GONE, STOOD_STILL, CHANGED, UNREADABLE, DROPPED } TallyKind;

static void tellTallies(Front *front) {
  napi_handle_scope scope;
  napi_value argument;
  uint32_t count = front->tallyCount;
  front->tallyCount = 0;
  if (count == 0 || !front->isOpen || napi_open_handle_scope(front->env, &scope) != napi_ok) return;
  if (napi_create_uint32(front->env, count, &argument) == napi_ok) {
    callBack(front->env, front->context, front->self, front->onTallies, 1, &argument);
  }
  napi_close_handle_scope(front->env, scope);
}

/* There is always room: a turn ends early, and beside it no client has more than one answer under way and no file ends twice. */
static void tally(Front *front, TallyKind kind, const File *file, const Client *client, double atMs) {
  if (!front->isOpen || front->tallyCount == front->mostTallies) return;
  double *values = &front->tallies[front->tallyCount++ * TALLY_VALUES];
  values[0] = kind;
  values[1] = file->id;
  if (client == NULL) return;
  values[2] = client->ip;
  values[3] = client->port;
  values[4] = (double)client->sent;
  values[5] = atMs - client->beganMs;
}

/* ---- files ---- */

static uint32_t bucketOf(const uint8_t *target, size_t length) {
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (size_t i = 0; i < length; i++) hash = (hash ^ target[i]) * 16777619u;
  return hash % BUCKETS;
}

static void releaseFile(Front *front, File *file) {
  if (--file->holders > 0) return;
  tally(front, DROPPED, file, NULL, 0);
  if (file->held != NULL) {
    front->heldBytes -= file->size;
    napi_delete_reference(front->env, file->held);
  }
  if (file->fd >= 0) {
    front->openFiles--;
    close(file->fd);
  }
  free(file->path);
  free(file->target);
  free(file->head);
  free(file);
}

/* Takes it off the list; answers under way go on. */
static void unlist(Front *front, File *file) {
  if (!file->isListed) return;
  File **at = &front->buckets[bucketOf((uint8_t *)file->target, file->targetLength)];
  while (*at != file) at = &(*at)->next;
  *at = file->next;
  file->isListed = false;
  front->fileCount--;
  releaseFile(front, file);
}

static File *findFile(Front *front, const uint8_t *target, size_t length) {
  for (File *file = front->buckets[bucketOf(target, length)]; file != NULL; file = file->next) {
    if (file->targetLength == length && memcmp(file->target, target, length) == 0) return file;
  }
  return NULL;
}

static bool isSameTime(struct timespec one, struct timespec other) { return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec; }

static bool isSameBytes(const struct stat *one, const struct stat *other) {
  return one->st_size == other->st_size && isSameTime(one->st_mtim, other->st_mtim);
}

static bool isSameState(const struct stat *one, const struct stat *other) {
  return one->st_dev == other->st_dev && one->st_ino == other->st_ino && isSameBytes(one, other) && isSameTime(one->st_ctim, other->st_ctim);
}

/* Does the path lead to the very file, in the very state? */
static bool isCurrent(const File *file) {
  struct stat state;
  return stat(file->path, &state) == 0 && isSameState(&state, &file->state);
}

/* As FileReader.isChanged: losing or gaining a name is no change of what is read from an open file. */
static bool isChanged(const File *file) {
  struct stat state;
  if (fstat(file->fd, &state) != 0 || !isSameBytes(&state, &file->state)) return true;
  return !isSameTime(state.st_ctim, file->state.st_ctim) && state.st_nlink == file->state.st_nlink;
}

/* What has not been asked for since `beforeMs` goes; what is asked for again comes again. */
static void forgetUnused(Front *front, double beforeMs) {
  for (uint32_t i = 0; i < BUCKETS; i++) {
    for (File *file = front->buckets[i], *next; file != NULL; file = next) {
      next = file->next;
      if (file->usedMs < beforeMs) unlist(front, file);
    }
  }
}

/* ---- clients ---- */

static void watchFor(Front *front, Client *client, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  epoll_ctl(front->epoll, EPOLL_CTL_MOD, client->fd, &event);
}

static void countClients(Front *front, int change) {
  front->count += (uint32_t)change;
  if (front->isOpen) front->counts[1] = front->count;
}

static void addClient(Front *front, Client *client) {
  client->previous = &front->clients;
  client->next = front->clients.next;
  client->next->previous = client->previous->next = client;
}

/* Takes a client off; its memory stays until the turn is over, for the turn may have events for it. */
static void bury(Front *front, Client *client) {
  if (client->stage != AWAY) countClients(front, -1);
  client->previous->next = client->next;
  client->next->previous = client->previous;
  client->stage = DEAD;
  client->next = front->dead;
  front->dead = client;
  free(client->head);
  free(client->ahead);
  client->head = client->ahead = NULL;
  if (client->file != NULL) releaseFile(front, client->file);
  client->file = NULL;
}

static void hangUp(Front *front, Client *client) {
  close(client->fd);
  bury(front, client);
}

/* An answer that does not end whole: the head promised more, so the connection breaks. */
static void fail(Front *front, Client *client, TallyKind kind) {
  if (client->file != NULL) tally(front, kind, client->file, client, nowMs());
  hangUp(front, client);
}

static void freeDead(Front *front) {
  while (front->dead != NULL) {
    Client *client = front->dead;
    front->dead = client->next;
    free(client);
  }
}

/* Ends our half and waits for the client's: unread bytes would make a reset of it, which takes the last answer along. */
static void linger(Front *front, Client *client) {
  if (front->isEnding) return hangUp(front, client);
  shutdown(client->fd, SHUT_WR);
  client->stage = LINGERING;
  client->sinceMs = nowMs();
  watchFor(front, client, EPOLLIN);
}

/* The client is JavaScript's with these bytes; it may come back where a second descriptor can be had. */
static void handOver(Front *front, Client *client, const uint8_t *bytes, size_t length) {
  HandOver *order = &front->handOvers[front->handOverCount];
  uint8_t *copy = malloc(length > 0 ? length : 1);
  if (copy == NULL) return hangUp(front, client);
  memcpy(copy, bytes, length);
  epoll_ctl(front->epoll, EPOLL_CTL_DEL, client->fd, NULL);
  int second = fcntl(client->fd, F_DUPFD_CLOEXEC, 0);
  *order = (HandOver){.fd = second < 0 ? client->fd : second, .place = second < 0 ? -1 : client->place, .sinceMs = client->sinceMs, .bytes = copy, .length = length};
  if (client->hasAnswered) order->sinceMs = nowMs();
  front->handOverCount++;
  if (second < 0) return bury(front, client);
  client->stage = AWAY;
  countClients(front, -1);
}

static void tellHandOver(Front *front, HandOver *order) {
  napi_env env = front->env;
  napi_handle_scope scope;
  napi_value arguments[5];
  if (napi_open_handle_scope(env, &scope) == napi_ok) {
    if (napi_create_int32(env, order->fd, &arguments[0]) == napi_ok &&
        napi_create_buffer_copy(env, order->length, order->bytes, NULL, &arguments[1]) == napi_ok &&
        napi_create_double(env, order->sinceMs, &arguments[2]) == napi_ok &&
        napi_create_double(env, order->place, &arguments[3]) == napi_ok &&
        napi_get_boolean(env, order->isCrowd, &arguments[4]) == napi_ok) {
      callBack(env, front->context, front->self, front->onSocket, 5, arguments);
    }
    napi_close_handle_scope(env, scope);
  }
}

/* ---- answers ---- */

static const char *dateNow(Front *front) {
  static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  struct timespec now;
  struct tm parts;
  clock_gettime(CLOCK_REALTIME, &now);
  if (now.tv_sec != front->dateOf && gmtime_r(&now.tv_sec, &parts) != NULL) {
    front->dateOf = now.tv_sec;
    snprintf(front->date, sizeof front->date, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + parts.tm_wday * 3, parts.tm_mday % 100,
             months + parts.tm_mon * 3, (parts.tm_year + 1900) % 10000, parts.tm_hour % 100, parts.tm_min % 100, parts.tm_sec % 100);
  }
  return front->date;
}

/* Begins an answer, with its whole head in `client->head`. Returns false where the memory is gone. */
static bool begin(Front *front, Client *client, File *file, bool isLast) {
  size_t room = file->headLength + HEAD_ROOM + sizeof front->date;
  client->head = malloc(room);
  if (client->head == NULL) return false;
  memcpy(client->head, file->head, file->headLength);
  client->headLength = file->headLength + (size_t)snprintf((char *)client->head + file->headLength, room - file->headLength,
                                                           "Date: %s\r\nConnection: %s\r\n\r\n", dateNow(front), isLast ? "close" : "keep-alive");
  client->headAt = 0;
  client->file = file;
  client->sent = 0;
  client->isLast = isLast;
  client->mayBlock = false;
  client->beganMs = client->sinceMs = file->usedMs = nowMs();
  file->holders++;
  if (file->size > front->longBytes) tally(front, BEGUN, file, client, client->beganMs);
  return true;
}

typedef struct {
  uv_work_t work;
  Front *front;
  Client *client; /* NULL: it went away meanwhile */
  File *file;
  uint64_t offset;
} Reading;

static void release(Front *front) {
  if (--front->holders == 0) free(front);
}

/* In a thread: brings the bytes into the kernel's memory. */
static void readAhead(uv_work_t *work) {
  Reading *reading = work->data;
  uint8_t *bytes = malloc(PIECE_BYTES);
  if (bytes == NULL || pread(reading->file->fd, bytes, PIECE_BYTES, (off_t)reading->offset) < 0) {
    /* What is wrong shows again when the bytes are sent. */
  }
  free(bytes);
}

/* In the end of a thread: says that nothing of ours is under way any more. */
static void settle(Front *front) {
  if (front->isHandleClosed && front->jobs == 0) napi_remove_async_cleanup_hook(front->hook);
}

static void onReadAhead(uv_work_t *work, int status) {
  (void)status;
  Reading *reading = work->data;
  Front *front = reading->front;
  Client *client = NULL;
  for (Client *one = front->clients.next; one != &front->clients; one = one->next) {
    if (one->stage == LOADING && one == reading->client && one->file == reading->file) client = one;
  }
  if (client != NULL) {
    client->stage = SENDING;
    client->mayBlock = true;
    client->sinceMs = nowMs();
    watchFor(front, client, EPOLLOUT);
  }
  front->jobs--;
  releaseFile(front, reading->file);
  free(reading);
  settle(front);
  release(front);
}

/* Leaves it to the pool to fetch what the disk has. */
static void startReading(Front *front, Client *client) {
  Reading *reading = calloc(1, sizeof *reading);
  if (reading == NULL) return fail(front, client, UNREADABLE);
  *reading = (Reading){.front = front, .client = client, .file = client->file, .offset = client->sent};
  reading->work.data = reading;
  if (uv_queue_work(front->loop, &reading->work, readAhead, onReadAhead) != 0) {
    free(reading);
    return fail(front, client, UNREADABLE);
  }
  client->file->holders++;
  front->holders++;
  front->jobs++;
  client->stage = LOADING;
  watchFor(front, client, 0);
}

/*
 * The next bytes of the file into `bytes`. Returns false where the answer cannot go on at once; it has failed then, or waits for
 * the disk.
 */
static bool nextBytes(Front *front, Client *client, struct iovec *bytes) {
  File *file = client->file;
  uint64_t rest = file->size - client->sent;
  if (file->held != NULL) {
    *bytes = (struct iovec){(void *)(file->bytes + client->sent), rest < TURN_BYTES ? rest : TURN_BYTES};
    return true;
  }
  struct iovec into = {front->piece, rest < client->pieceBytes ? rest : client->pieceBytes};
  ssize_t count = preadv2(file->fd, &into, 1, (off_t)client->sent, client->mayBlock ? 0 : RWF_NOWAIT);
  if (count < 0 && errno == EAGAIN) {
    startReading(front, client);
    return false;
  }
  client->mayBlock = false;
  /* Asked after reading: if nothing had changed even then, these bytes are the ones that were there at the beginning. */
  if (count <= 0 || isChanged(file)) {
    fail(front, client, count < 0 ? UNREADABLE : CHANGED);
    return false;
  }
  *bytes = (struct iovec){front->piece, (size_t)count};
  return true;
}

/* Counts what the network took, and chooses the size of the next piece by it. */
static void advance(Client *client, size_t taken, size_t offered) {
  size_t headRest = client->headLength - client->headAt;
  size_t ofHead = taken < headRest ? taken : headRest;
  client->headAt += ofHead;
  client->sent += taken - ofHead;
  if (taken == offered) client->pieceBytes = client->pieceBytes * 2 < PIECE_BYTES ? client->pieceBytes * 2 : PIECE_BYTES;
  else if (taken < client->pieceBytes / 2 && client->pieceBytes / 2 >= LEAST_PIECE_BYTES) client->pieceBytes /= 2;
}

/* Sends what can be sent now. Returns true if the answer is complete and the connection waits for the next request. */
static bool sendOn(Front *front, Client *client) {
  size_t budget = TURN_BYTES;
  while (client->headAt < client->headLength || client->sent < client->file->size) {
    struct iovec parts[2] = {{client->head + client->headAt, client->headLength - client->headAt}, {NULL, 0}};
    if (client->sent < client->file->size && !nextBytes(front, client, &parts[1])) return false;
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    size_t offered = parts[0].iov_len + parts[1].iov_len;
    ssize_t taken = sendmsg(client->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0 && errno != EAGAIN) {
      fail(front, client, GONE);
      return false;
    }
    if (taken > 0) {
      advance(client, (size_t)taken, offered);
      client->sinceMs = client->file->usedMs = nowMs();
    }
    bool isWhole = client->headAt == client->headLength && client->sent == client->file->size;
    if (isWhole) break;
    budget = taken > 0 && budget > (size_t)taken ? budget - (size_t)taken : 0;
    if (taken < (ssize_t)offered || budget == 0) {
      if (client->stage != SENDING) watchFor(front, client, EPOLLOUT);
      client->stage = SENDING;
      return false;
    }
  }
  client->sinceMs = nowMs();
  tally(front, DONE, client->file, client, client->sinceMs);
  releaseFile(front, client->file);
  free(client->head);
  client->file = NULL;
  client->head = NULL;
  client->hasAnswered = true;
  if (client->isLast || front->isEnding) {
    linger(front, client);
    return false;
  }
  if (client->stage != WAITING) watchFor(front, client, EPOLLIN);
  client->stage = WAITING;
  return true;
}

/* Keeps what came behind a request whose answer takes time. */
static bool keepAhead(Client *client, const uint8_t *bytes, size_t length) {
  if (length == 0) return true;
  client->ahead = malloc(length);
  if (client->ahead == NULL) return false;
  memcpy(client->ahead, bytes, length);
  client->aheadLength = length;
  return true;
}

/* Leaves requests to the next turn of the event loop. */
static void putOff(Front *front, Client *client, const uint8_t *bytes, size_t length) {
  if (!keepAhead(client, bytes, length)) return hangUp(front, client);
  client->stage = SENDING;
  watchFor(front, client, EPOLLOUT);
}

/* Answers the requests in these bytes as far as that can be done at once. */
static void answer(Front *front, Client *client, const uint8_t *bytes, size_t length) {
  while (length > 0) {
    if (front->tallyCount > TURN_TALLIES) return putOff(front, client, bytes, length);
    Head head = readHead(bytes, length);
    File *file = head.kind == HEAD_PLAIN ? findFile(front, head.target, head.targetLength) : NULL;
    if (file != NULL && !isCurrent(file)) {
      unlist(front, file);
      file = NULL;
    }
    if (file == NULL) return handOver(front, client, bytes, length);
    if (!begin(front, client, file, head.isLast)) return hangUp(front, client);
    bytes += head.length;
    length -= head.length;
    if (sendOn(front, client)) continue;
    /* Nothing is answered after the last answer. */
    bool isWaiting = client->stage == SENDING || client->stage == LOADING;
    if (isWaiting && !client->isLast && !keepAhead(client, bytes, length)) hangUp(front, client);
    return;
  }
}

/* Goes on with an answer, and then with the requests behind it. */
static void proceed(Front *front, Client *client) {
  if (client->file != NULL && !sendOn(front, client)) return;
  if (client->stage != WAITING) watchFor(front, client, EPOLLIN);
  client->stage = WAITING;
  uint8_t *ahead = client->ahead;
  if (ahead == NULL) return;
  client->ahead = NULL;
  answer(front, client, ahead, client->aheadLength);
  free(ahead);
}

static void onInput(Front *front, Client *client) {
  ssize_t count = recv(client->fd, front->input, INPUT_BYTES, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return hangUp(front, client);
  if (client->stage == LINGERING) return;
  answer(front, client, front->input, (size_t)count);
}

/* ---- the sockets ---- */

static void listenFor(Front *front, bool isWanted) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (front->listener < 0 || front->isListening == isWanted) return;
  epoll_ctl(front->epoll, isWanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, front->listener, &event);
  front->isListening = isWanted;
}

/* The client's IPv4 address, also of one that came to an IPv6 socket; 0 for a real IPv6 client, who is JavaScript's. */
static uint32_t addressOf(const struct sockaddr_storage *from, uint16_t *port) {
  if (from->ss_family == AF_INET) {
    const struct sockaddr_in *plain = (const struct sockaddr_in *)from;
    *port = ntohs(plain->sin_port);
    return ntohl(plain->sin_addr.s_addr);
  }
  const struct sockaddr_in6 *wide = (const struct sockaddr_in6 *)from;
  uint32_t last;
  *port = ntohs(wide->sin6_port);
  memcpy(&last, &wide->sin6_addr.s6_addr[12], sizeof last);
  return from->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&wide->sin6_addr) ? ntohl(last) : 0;
}

static void admit(Front *front, int fd, uint32_t ip, uint16_t port) {
  bool isCrowd = front->counts[0] + front->count >= front->mostClients;
  struct epoll_event event = {.events = EPOLLIN};
  Client *client = isCrowd || ip == 0 ? NULL : calloc(1, sizeof *client);
  if (client == NULL) {
    front->handOvers[front->handOverCount++] = (HandOver){.fd = fd, .place = -1, .sinceMs = nowMs(), .isCrowd = isCrowd};
    return;
  }
  event.data.ptr = client;
  *client = (Client){.place = front->nextPlace++, .fd = fd, .ip = ip, .port = port, .pieceBytes = 2 * LEAST_PIECE_BYTES, .sinceMs = nowMs()};
  if (epoll_ctl(front->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    close(fd);
    free(client);
    return;
  }
  addClient(front, client);
  countClients(front, 1);
  /* Most clients ask at once; the request is often here already. */
  onInput(front, client);
}

static void acceptAll(Front *front) {
  for (int i = 0; i < ACCEPTS; i++) {
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    uint16_t port;
    int fd = accept4(front->listener, (struct sockaddr *)&from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      /* Out of descriptors: the listener would wake us for ever. The next look() tries again. */
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) listenFor(front, false);
      return;
    }
    uint32_t ip = addressOf(&from, &port);
    admit(front, fd, ip, port);
  }
}

/* What was put off until nobody below holds a client: frees the dead, and lets JavaScript know. */
static void endTurn(Front *front) {
  freeDead(front);
  tellTallies(front);
  uint32_t count = front->handOverCount;
  HandOver orders[EVENTS + ACCEPTS];
  memcpy(orders, front->handOvers, count * sizeof *orders);
  front->handOverCount = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (front->isOpen) tellHandOver(front, &orders[i]);
    else close(orders[i].fd);
    free(orders[i].bytes);
  }
}

/* Does what the sockets are ready for. */
static void serveReady(Front *front) {
  struct epoll_event ready[EVENTS];
  int count = epoll_wait(front->epoll, ready, EVENTS, 0);
  for (int i = 0; i < count && front->tallyCount <= TURN_TALLIES; i++) {
    Client *client = ready[i].data.ptr;
    if (client == NULL) {
      acceptAll(front);
      continue;
    }
    switch (client->stage) {
      case WAITING:
      case LINGERING:
        onInput(front, client);
        break;
      case SENDING:
        proceed(front, client);
        break;
      case LOADING: /* only for what has broken */
        fail(front, client, GONE);
        break;
      case AWAY:
      case DEAD:
        break;
    }
  }
}

static void onPoll(uv_poll_t *poll, int status, int events) {
  (void)status, (void)events;
  Front *front = poll->data;
  serveReady(front);
  front->holders++;
  endTurn(front);
  release(front);
}

/* ---- life and death ---- */

static void onCollected(napi_env env, void *front, void *hint) {
  (void)env, (void)hint;
  release(front);
}

static void onHandleClosed(uv_handle_t *handle) {
  Front *front = handle->data;
  front->isHandleClosed = true;
  settle(front);
  release(front);
}

static void stopListening(Front *front) {
  listenFor(front, false);
  if (front->listener >= 0) close(front->listener);
  front->listener = -1;
}

/* Ends everything at once, without a word. The memory goes when libuv and JavaScript have let go. */
static void closeFront(Front *front) {
  if (!front->isOpen) return;
  front->isOpen = false;
  stopListening(front);
  while (front->clients.next != &front->clients) hangUp(front, front->clients.next);
  freeDead(front);
  for (uint32_t i = 0; i < BUCKETS; i++) {
    while (front->buckets[i] != NULL) unlist(front, front->buckets[i]);
  }
  uv_close((uv_handle_t *)&front->poll, onHandleClosed);
  close(front->epoll);
  napi_async_destroy(front->env, front->context);
  napi_delete_reference(front->env, front->onSocket);
  napi_delete_reference(front->env, front->onTallies);
  napi_delete_reference(front->env, front->self);
}

static void onTeardown(napi_async_cleanup_hook_handle hook, void *front) {
  (void)hook;
  closeFront(front);
}

/* Binds and listens. Returns -1, with errno set and the failed call in `call`. */
static int openListener(const char *address, uint32_t port, const char **call) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int on = 1;
  *call = "listen";
  if (inet_pton(AF_INET, address, &here.sin_addr) != 1 || port > UINT16_MAX) {
    errno = EINVAL;
    return -1;
  }
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&here, sizeof here) == 0 && listen(fd, BACKLOG) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* Takes over a socket that listens already. Where that fails it stays its owner's. */
static int adoptListener(int fd, const char **call) {
  int isListening = 0;
  socklen_t length = sizeof isListening;
  *call = "open";
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) != 0) return -1;
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) return -1;
  if (!isListening && listen(fd, BACKLOG) != 0) return -1;
  return fd;
}

/* ---- exports ---- */

/* The front that is the first argument; NULL, with an exception, where there is none or it is closed. */
static Front *frontOf(napi_env env, napi_callback_info info, size_t *count, napi_value *arguments) {
  Front *front;
  TRY(napi_get_cb_info(env, info, count, arguments, NULL, NULL));
  TRY(napi_unwrap(env, arguments[0], (void **)&front));
  return front;
}

static napi_value describeListener(Front *front, napi_value self) {
  napi_env env = front->env;
  struct sockaddr_storage here = {0};
  socklen_t length = sizeof here;
  char text[INET6_ADDRSTRLEN] = "";
  napi_value value;
  getsockname(front->listener, (struct sockaddr *)&here, &length);
  bool isWide = here.ss_family == AF_INET6;
  const void *address = isWide ? (void *)&((struct sockaddr_in6 *)&here)->sin6_addr : (void *)&((struct sockaddr_in *)&here)->sin_addr;
  inet_ntop(here.ss_family, address, text, sizeof text);
  TRY(napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value));
  TRY(napi_set_named_property(env, self, "address", value));
  TRY(napi_create_uint32(env, ntohs(isWide ? ((struct sockaddr_in6 *)&here)->sin6_port : ((struct sockaddr_in *)&here)->sin_port), &value));
  TRY(napi_set_named_property(env, self, "port", value));
  return self;
}

static napi_value shareDoubles(napi_env env, napi_value self, const char *name, size_t count, double **values) {
  napi_value buffer, array;
  TRY(napi_create_arraybuffer(env, count * sizeof **values, (void **)values, &buffer));
  TRY(napi_create_typedarray(env, napi_float64_array, count, buffer, 0, &array));
  TRY(napi_set_named_property(env, self, name, array));
  return self;
}

/* Gives the front to libuv and to JavaScript. From here on closeFront undoes everything. */
static napi_value startFront(Front *front, napi_value onTallies, napi_value onSocket) {
  napi_env env = front->env;
  napi_value self, name;
  TRY(napi_get_uv_event_loop(env, &front->loop));
  TRY(napi_create_object(env, &self));
  if (describeListener(front, self) == NULL || shareDoubles(env, self, "counts", 2, &front->counts) == NULL ||
      shareDoubles(env, self, "tallies", front->mostTallies * TALLY_VALUES, &front->tallies) == NULL) {
    return NULL;
  }
  TRY(napi_create_string_utf8(env, "HTTPFRONT", NAPI_AUTO_LENGTH, &name));
  if (uv_poll_init(front->loop, &front->poll, front->epoll) != 0) return throwErrno(env, "poll", EINVAL);
  front->poll.data = front;
  front->holders = 2;
  front->isOpen = true;
  napi_wrap(env, self, front, onCollected, NULL, NULL);
  napi_create_reference(env, self, 1, &front->self);
  napi_create_reference(env, onTallies, 1, &front->onTallies);
  napi_create_reference(env, onSocket, 1, &front->onSocket);
  napi_async_init(env, self, name, &front->context);
  napi_add_async_cleanup_hook(env, onTeardown, front, &front->hook);
  listenFor(front, true);
  uv_poll_start(&front->poll, UV_READABLE, onPoll);
  return self;
}

/*
 * open(address, port, fd, mostClients, longBytes, onTallies, onSocket): fd is -1, or a socket that listens. An answer of more than
 * longBytes is told of when it begins, too. Returns the front with its address, port, `counts` and `tallies`.
 */
static napi_value jsOpen(napi_env env, napi_callback_info info) {
  napi_value arguments[7];
  size_t argumentCount = 7, length;
  char address[64];
  const char *call = NULL;
  uint32_t port, mostClients;
  int32_t fd;
  double longBytes;
  int on = 1;
  TRY(napi_get_cb_info(env, info, &argumentCount, arguments, NULL, NULL));
  TRY(napi_get_value_string_utf8(env, arguments[0], address, sizeof address, &length));
  TRY(napi_get_value_uint32(env, arguments[1], &port));
  TRY(napi_get_value_int32(env, arguments[2], &fd));
  TRY(napi_get_value_uint32(env, arguments[3], &mostClients));
  TRY(napi_get_value_double(env, arguments[4], &longBytes));
  Front *front = calloc(1, sizeof *front);
  if (front == NULL) return throwErrno(env, "open", ENOMEM);
  front->env = env;
  front->mostClients = mostClients;
  front->mostTallies = TURN_TALLIES * 2 + 2 * mostClients + MOST_FILES;
  front->longBytes = longBytes;
  front->clients.next = front->clients.previous = &front->clients;
  front->listener = fd < 0 ? openListener(address, port, &call) : adoptListener(fd, &call);
  int error = errno;
  if (front->listener >= 0) {
    setsockopt(front->listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* the connections inherit it */
    front->epoll = epoll_create1(EPOLL_CLOEXEC);
    error = errno;
    call = "epoll";
  }
  napi_value self = NULL;
  if (front->listener < 0 || front->epoll < 0) throwErrno(env, call, error);
  else self = startFront(front, arguments[5], arguments[6]);
  if (self == NULL) {
    if (front->listener >= 0 && front->epoll >= 0) close(front->epoll);
    if (fd < 0 && front->listener >= 0) close(front->listener);
    free(front);
  }
  return self;
}

static char *copyText(napi_env env, napi_value value, size_t *length) {
  char *text = NULL;
  if (napi_get_value_string_utf8(env, value, NULL, 0, length) == napi_ok) text = malloc(*length + 1);
  if (text != NULL) napi_get_value_string_utf8(env, value, text, *length + 1, length);
  return text;
}

/* Looks at the file and, if its bytes are not in memory already, opens it. Returns false where it is not one to be served from here. */
static bool openFile(File *file) {
  if (file->path == NULL || file->target == NULL || file->head == NULL) return false;
  if (stat(file->path, &file->state) != 0 || !S_ISREG(file->state.st_mode) || (uint64_t)file->state.st_size != file->size) return false;
  if (file->bytes != NULL) return true;
  struct stat opened;
  uint8_t byte;
  struct iovec probe = {&byte, 1};
  file->fd = open(file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file->fd < 0 || fstat(file->fd, &opened) != 0 || !isSameState(&opened, &file->state)) return false;
  /* A file system that cannot say whether a reading would wait is left to JavaScript. */
  return preadv2(file->fd, &probe, 1, 0, RWF_NOWAIT) >= 0 || errno == EAGAIN;
}

static void makeRoomFor(Front *front, const File *file) {
  bool isFull = front->fileCount >= MOST_FILES || (file->fd >= 0 && front->openFiles >= MOST_OPEN_FILES) ||
                (file->bytes != NULL && front->heldBytes + file->size > MOST_HELD_BYTES);
  if (isFull) forgetUnused(front, nowMs() + 1);
}

/*
 * keep(front, target, path, head, sizeBytes, bytes): from now on GETs of the target are answered from here: with the head, to which
 * Date and Connection are added, and with `bytes`, or without such with what is in the file. Returns the file's id, or -1: it
 * cannot be kept. The caller makes sure, after that, that the state of the file is the one it means.
 */
static napi_value jsKeep(napi_env env, napi_callback_info info) {
  napi_value arguments[6], result;
  size_t argumentCount = 6, length;
  napi_valuetype type;
  void *bytes = NULL;
  double size;
  Front *front = frontOf(env, info, &argumentCount, arguments);
  if (front == NULL) return NULL;
  TRY(napi_get_value_double(env, arguments[4], &size));
  TRY(napi_typeof(env, arguments[5], &type));
  if (type == napi_object) TRY(napi_get_typedarray_info(env, arguments[5], NULL, &length, &bytes, NULL, NULL));
  File *file = front->isOpen ? calloc(1, sizeof *file) : NULL;
  double id = -1;
  if (file != NULL) {
    *file = (File){.fd = -1, .size = (uint64_t)size, .bytes = bytes, .usedMs = nowMs()};
    file->target = copyText(env, arguments[1], &file->targetLength);
    file->path = copyText(env, arguments[2], &length);
    file->head = copyText(env, arguments[3], &file->headLength);
    if (openFile(file) && !(bytes != NULL && size > MOST_HELD_BYTES / 4)) id = file->id = front->nextId++;
  }
  if (id < 0) {
    if (file != NULL) {
      if (file->fd >= 0) close(file->fd);
      free(file->target), free(file->path), free(file->head), free(file);
    }
  } else {
    makeRoomFor(front, file);
    File *old = findFile(front, (uint8_t *)file->target, file->targetLength);
    if (old != NULL) unlist(front, old);
    if (bytes != NULL) napi_create_reference(env, arguments[5], 1, &file->held);
    if (bytes != NULL) front->heldBytes += file->size;
    else front->openFiles++;
    File **bucket = &front->buckets[bucketOf((uint8_t *)file->target, file->targetLength)];
    file->next = *bucket;
    *bucket = file;
    file->holders = 1;
    file->isListed = true;
    front->fileCount++;
  }
  tellTallies(front);
  TRY(napi_create_double(env, id, &result));
  return result;
}

/* forget(front, id): such a file is not answered from here any more. */
static napi_value jsForget(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t argumentCount = 2;
  double id;
  Front *front = frontOf(env, info, &argumentCount, arguments);
  if (front == NULL) return NULL;
  TRY(napi_get_value_double(env, arguments[1], &id));
  for (uint32_t i = 0; i < BUCKETS; i++) {
    for (File *file = front->buckets[i], *next; file != NULL; file = next) {
      next = file->next;
      if (file->id == id) unlist(front, file);
    }
  }
  tellTallies(front);
  return NULL;
}

/* look(front, headTimeoutMs, idleTimeoutMs): to be called now and then; ends what takes too long. */
static napi_value jsLook(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t argumentCount = 3;
  double headMs, idleMs;
  Front *front = frontOf(env, info, &argumentCount, arguments);
  if (front == NULL) return NULL;
  TRY(napi_get_value_double(env, arguments[1], &headMs));
  TRY(napi_get_value_double(env, arguments[2], &idleMs));
  if (!front->isOpen) return NULL;
  /* On a busy machine what a client sent may be older than our look at the clock. */
  serveReady(front);
  double now = nowMs();
  for (Client *client = front->clients.next, *next; client != &front->clients; client = next) {
    next = client->next;
    double forMs = now - client->sinceMs;
    if (client->stage == WAITING && (forMs >= idleMs || (!client->hasAnswered && forMs >= headMs))) hangUp(front, client);
    else if ((client->stage == SENDING || client->stage == LOADING) && forMs >= idleMs) fail(front, client, STOOD_STILL);
    else if (client->stage == LINGERING && forMs >= LINGER_MS) hangUp(front, client);
  }
  forgetUnused(front, now - UNUSED_MS);
  if (!front->isEnding) listenFor(front, true);
  endTurn(front);
  return NULL;
}

static Client *findClient(Front *front, double place) {
  for (Client *client = front->clients.next; client != &front->clients; client = client->next) {
    if (client->place == place) return client;
  }
  return NULL;
}

/* The client of a place that JavaScript has; NULL for none. */
static Client *awayClient(napi_env env, Front *front, napi_value argument) {
  double place;
  TRY(napi_get_value_double(env, argument, &place));
  Client *client = findClient(front, place);
  return client != NULL && client->stage == AWAY ? client : NULL;
}

/* resume(front, place): a connection that JavaScript had comes back; its own descriptor is closed. */
static napi_value jsResume(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t argumentCount = 2;
  Front *front = frontOf(env, info, &argumentCount, arguments);
  Client *client = front == NULL ? NULL : awayClient(env, front, arguments[1]);
  if (client == NULL) return NULL;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  if (front->isEnding || epoll_ctl(front->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0) {
    hangUp(front, client);
    freeDead(front);
    return NULL;
  }
  countClients(front, 1);
  client->stage = WAITING;
  client->hasAnswered = true;
  client->sinceMs = nowMs();
  return NULL;
}

/* drop(front, place): a connection that JavaScript had has ended there. */
static napi_value jsDrop(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t argumentCount = 2;
  Front *front = frontOf(env, info, &argumentCount, arguments);
  Client *client = front == NULL ? NULL : awayClient(env, front, arguments[1]);
  if (client == NULL) return NULL;
  hangUp(front, client);
  freeDead(front);
  return NULL;
}

static Client *longestWaiting(Front *front) {
  Client *found = NULL;
  for (Client *client = front->clients.next; client != &front->clients; client = client->next) {
    if (client->stage == WAITING && (found == NULL || client->sinceMs < found->sinceMs)) found = client;
  }
  return found;
}

/* waitsLongest(front): since when the client waits that has waited longest, in ms of uv_hrtime; NaN where none waits. */
static napi_value jsWaitsLongest(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  size_t argumentCount = 1;
  Front *front = frontOf(env, info, &argumentCount, &argument);
  if (front == NULL) return NULL;
  Client *client = longestWaiting(front);
  TRY(napi_create_double(env, client == NULL ? __builtin_nan("") : client->sinceMs, &result));
  return result;
}

/* endLongest(front): ends that one. */
static napi_value jsEndLongest(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t argumentCount = 1;
  Front *front = frontOf(env, info, &argumentCount, &argument);
  Client *client = front == NULL ? NULL : longestWaiting(front);
  if (client == NULL) return NULL;
  hangUp(front, client);
  return NULL; /* freed at the end of the turn: this is called in the middle of one */
}

/* endSoon(front): accepts nothing more; ends what waits at once and the others after the answer under way. */
static napi_value jsEndSoon(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t argumentCount = 1;
  Front *front = frontOf(env, info, &argumentCount, &argument);
  if (front == NULL || !front->isOpen) return NULL;
  front->isEnding = true;
  stopListening(front);
  for (Client *client = front->clients.next, *next; client != &front->clients; client = next) {
    next = client->next;
    if (client->stage == WAITING || client->stage == LINGERING) hangUp(front, client);
  }
  endTurn(front);
  return NULL;
}

/* destroyAll(front): cuts the answers under way. */
static napi_value jsDestroyAll(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t argumentCount = 1;
  Front *front = frontOf(env, info, &argumentCount, &argument);
  if (front == NULL || !front->isOpen) return NULL;
  for (Client *client = front->clients.next, *next; client != &front->clients; client = next) {
    next = client->next;
    if (client->stage == SENDING || client->stage == LOADING) fail(front, client, GONE);
    else if (client->stage != AWAY) hangUp(front, client);
  }
  endTurn(front);
  return NULL;
}

/* active(front): the long answers under way, TALLY_VALUES numbers for each, as in a tally. */
static napi_value jsActive(napi_env env, napi_callback_info info) {
  napi_value argument, list, value;
  size_t argumentCount = 1;
  uint32_t at = 0;
  double now = nowMs();
  Front *front = frontOf(env, info, &argumentCount, &argument);
  if (front == NULL) return NULL;
  TRY(napi_create_array(env, &list));
  for (Client *client = front->clients.next; client != &front->clients; client = client->next) {
    if (client->file == NULL || client->file->size <= front->longBytes) continue;
    double values[TALLY_VALUES] = {BEGUN, client->file->id, client->ip, client->port, (double)client->sent, now - client->beganMs};
    for (int i = 0; i < TALLY_VALUES; i++) {
      TRY(napi_create_double(env, values[i], &value));
      TRY(napi_set_element(env, list, at++, value));
    }
  }
  return list;
}

/* close(front): at once, and again without harm. */
static napi_value jsClose(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t argumentCount = 1;
  Front *front = frontOf(env, info, &argumentCount, &argument);
  if (front != NULL) closeFront(front);
  return NULL;
}

/* readHead(bytes): the length of the plain head that they begin with, negative if the connection ends after it; 0 for any other. */
static napi_value jsReadHead(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  size_t argumentCount = 1, length;
  void *bytes;
  TRY(napi_get_cb_info(env, info, &argumentCount, &argument, NULL, NULL));
  TRY(napi_get_typedarray_info(env, argument, NULL, &length, &bytes, NULL, NULL));
  Head head = readHead(bytes, length);
  int64_t said = head.kind == HEAD_PLAIN ? (int64_t)head.length : 0;
  TRY(napi_create_int64(env, head.isLast ? -said : said, &result));
  return result;
}

/* check(): throws where this system, or a sandbox on it, does not let us have what it takes. */
static napi_value jsCheck(napi_env env, napi_callback_info info) {
  (void)info;
  int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return throwErrno(env, "epoll_create1", errno);
  close(fd);
  return NULL;
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback method;
  } functions[] = {
      {"open", jsOpen},
      {"keep", jsKeep},
      {"forget", jsForget},
      {"look", jsLook},
      {"resume", jsResume},
      {"drop", jsDrop},
      {"waitsLongest", jsWaitsLongest},
      {"endLongest", jsEndLongest},
      {"endSoon", jsEndSoon},
      {"destroyAll", jsDestroyAll},
      {"active", jsActive},
      {"close", jsClose},
      {"readHead", jsReadHead},
      {"check", jsCheck},
  };
  napi_value version, function;
  TRY(napi_create_uint32(env, VERSION, &version));
  TRY(napi_set_named_property(env, exports, "version", version));
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    TRY(napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].method, NULL, &function));
    TRY(napi_set_named_property(env, exports, functions[i].name, function));
  }
  return exports;
}
