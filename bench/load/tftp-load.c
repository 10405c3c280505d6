// TFTP read load: many clients at once in one process, every byte compared with the local copy. Prints one JSON object.
// Speaks RFC 1350 with the options of RFC 2347 (blksize, windowsize, tsize); a granted value must be the one asked for.
// Lean on purpose: what the clients cost is in the ratio of two servers. Loses nothing itself and sends no strays.
//
//   cc -O2 -o tftp-load tftp-load.c
//   tftp-load --port 69 --root DIR --clients 64 --transfers 256 [--server 127.0.0.1] [--blksize 512] [--window 1] [--tsize]
//             [--think-ms 0] [--deadline-s 100] NAME...
//
// Exit status: 0 all transfers ended whole, 1 some did not, 2 usage or set-up, 3 wrong bytes.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RRQ = 1, DATA = 3, ACK = 4, ERROR = 5, OACK = 6 };
enum { MAX_PACKET = 65536, MAX_BATCH = 32, MAX_REPEATS = 10 };

#define SECOND 1000000ull // all times are in microseconds
#define FIRST_SILENCE (1 * SECOND)
#define LONGEST_SILENCE (4 * SECOND)

struct file {
  const char *name;
  const uint8_t *bytes;
  size_t size;
};

struct client {
  int fd; // -1: has no transfer
  bool answered;
  const struct file *file;
  uint64_t started;
  uint64_t silent_at; // when the last packet is repeated
  uint64_t silence;
  uint64_t ack_at; // when a slow client sends its ACK; 0: it owes none
  unsigned repeats;
  uint32_t next; // the block that is expected, counted from 1 without wrapping round
  unsigned since_ack;
  bool gap_reported;
  size_t got;
};

static struct {
  unsigned port, clients, transfers, blksize, window, think_ms, deadline_s;
  bool tsize;
  const char *server, *root;
} options = {.server = "127.0.0.1", .clients = 1, .transfers = 1, .blksize = 512, .window = 1, .deadline_s = 100};

static struct {
  unsigned started, done, failed, wrong;
  uint64_t bytes, retries;
} totals;

static struct sockaddr_in server;
static struct file *files;
static unsigned file_count;
static uint32_t *durations;
static int epoll_fd;
static uint64_t now;

static void die(const char *what) {
  fprintf(stderr, "tftp-load: %s: %s\n", what, strerror(errno));
  exit(2);
}

static uint64_t read_clock(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec / 1000;
}

static void restart_silence(struct client *client) {
  client->silence = FIRST_SILENCE;
  client->silent_at = now + FIRST_SILENCE;
  client->repeats = 0;
}

static void send_request(const struct client *client) {
  char packet[1024];
  int length = 2 + snprintf(packet + 2, 700, "%s%coctet%cblksize%c%u", client->file->name, 0, 0, 0, options.blksize) + 1;
  packet[0] = 0;
  packet[1] = RRQ;
  if (options.window > 1) length += snprintf(packet + length, 40, "windowsize%c%u", 0, options.window) + 1;
  if (options.tsize) length += snprintf(packet + length, 40, "tsize%c0", 0) + 1;
  sendto(client->fd, packet, (size_t)length, 0, (struct sockaddr *)&server, sizeof server);
}

// Acknowledges everything before the expected block.
static void send_ack(struct client *client) {
  uint32_t block = client->next - 1;
  uint8_t packet[4] = {0, ACK, (uint8_t)(block >> 8), (uint8_t)block};
  client->since_ack = 0;
  client->ack_at = 0;
  send(client->fd, packet, sizeof packet, 0);
}

static void start_transfer(struct client *client) {
  if (totals.started == options.transfers) return;
  *client = (struct client){.file = &files[totals.started++ % file_count], .next = 1};
  client->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client->fd < 0) die("socket");
  if (options.window > 1) {
    int bytes = 1 << 20; // the default holds about 90 packets
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client->fd, &event) < 0) die("epoll_ctl");
  client->started = now;
  restart_silence(client);
  send_request(client);
}

static void end_transfer(struct client *client) {
  close(client->fd);
  client->fd = -1;
  start_transfer(client);
}

static void fail(struct client *client, const char *reason) {
  static const uint8_t goodbye[] = {0, ERROR, 0, 0, 0};
  if (totals.failed + totals.wrong < 3) fprintf(stderr, "%s, block %u: %s\n", client->file->name, client->next, reason);
  totals.failed++;
  if (client->answered) send(client->fd, goodbye, sizeof goodbye, 0);
  end_transfer(client);
}

static void fail_by_bytes(struct client *client, const char *reason) {
  totals.wrong++;
  fail(client, reason);
}

static void finish(struct client *client) {
  if (client->got != client->file->size) return fail_by_bytes(client, "wrong bytes: the file ended early");
  durations[totals.done++] = (uint32_t)(now - client->started);
  end_transfer(client);
}

// The number that the OACK grants for an option, -1 if it does not name it.
static long granted(const char *packet, size_t length, const char *option) {
  const char *end = packet + length;
  for (const char *name = packet + 2; name < end;) {
    const char *value = name + strlen(name) + 1;
    if (value >= end) break;
    if (strcasecmp(name, option) == 0) return strtol(value, NULL, 10);
    name = value + strlen(value) + 1;
  }
  return -1;
}

static void take_oack(struct client *client, char *packet, size_t length) {
  packet[length] = 0;
  if (granted(packet, length, "blksize") != (long)options.blksize) return fail(client, "blksize was not granted");
  if (options.window > 1 && granted(packet, length, "windowsize") != (long)options.window)
    return fail(client, "windowsize was not granted");
  if (options.tsize && granted(packet, length, "tsize") != (long)client->file->size) return fail_by_bytes(client, "wrong tsize");
  if (client->next == 1 && client->ack_at == 0) send_ack(client);
}

// A block that was not expected. A later one: one before it was lost, and one ACK of the last good one asks for it (RFC 7440,
// section 4). The one before: the server has not got our ACK.
static void take_other_block(struct client *client, int ahead) {
  if (client->ack_at != 0) return;
  if (ahead > 0 ? client->gap_reported : ahead != -1) return;
  if (ahead > 0) client->gap_reported = true;
  totals.retries++;
  send_ack(client);
}

static void take_data(struct client *client, const uint8_t *packet, size_t length) {
  const struct file *file = client->file;
  size_t size = length - 4;
  int ahead = (int16_t)((packet[2] << 8 | packet[3]) - client->next);
  if (ahead != 0) return take_other_block(client, ahead);
  if (size > options.blksize) return fail(client, "a block is longer than blksize");
  if (size > file->size - client->got || memcmp(packet + 4, file->bytes + client->got, size) != 0)
    return fail_by_bytes(client, "wrong bytes");
  client->got += size;
  totals.bytes += size;
  client->next++;
  client->gap_reported = false;
  if (size < options.blksize) {
    send_ack(client);
    return finish(client);
  }
  if (++client->since_ack < options.window) return;
  if (options.think_ms == 0) return send_ack(client);
  client->ack_at = now + options.think_ms * 1000;
  client->silent_at = client->ack_at + FIRST_SILENCE;
}

// Gives false when the transfer has ended.
static bool take_packet(struct client *client, uint8_t *packet, size_t length) {
  int fd = client->fd;
  const struct file *file = client->file;
  uint64_t started = client->started;
  int opcode = length >= 4 ? packet[0] << 8 | packet[1] : 0;
  restart_silence(client);
  if (opcode == DATA && client->answered) take_data(client, packet, length);
  else if (opcode == OACK) client->answered = true, take_oack(client, (char *)packet, length);
  else if (opcode == DATA) fail(client, "the server takes no options");
  else if (opcode == ERROR) {
    char reason[80];
    packet[length] = 0;
    snprintf(reason, sizeof reason, "error %d of the server: %s", packet[2] << 8 | packet[3], packet + 4);
    fail(client, reason);
  } else fail(client, "a packet of no sense");
  return client->fd == fd && client->file == file && client->started == started;
}

static void read_client(struct client *client) {
  static uint8_t buffers[MAX_BATCH][MAX_PACKET + 1];
  static struct iovec parts[MAX_BATCH];
  static struct mmsghdr messages[MAX_BATCH];
  if (client->fd < 0) return;
  if (!client->answered) {
    // The first answer tells the port of the transfer, its TID; the kernel keeps strangers away from then on.
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    ssize_t length = recvfrom(client->fd, buffers[0], MAX_PACKET, 0, (struct sockaddr *)&peer, &size);
    if (length < 0 || peer.sin_addr.s_addr != server.sin_addr.s_addr) return;
    if (connect(client->fd, (struct sockaddr *)&peer, size) < 0) die("connect");
    take_packet(client, buffers[0], (size_t)length);
    return;
  }
  if (options.window == 1) {
    ssize_t length = recv(client->fd, buffers[0], MAX_PACKET, 0);
    if (length >= 0) take_packet(client, buffers[0], (size_t)length);
    else if (errno == ECONNREFUSED) fail(client, "the server closed its port");
    return;
  }
  for (int i = 0; i < MAX_BATCH; i++) {
    parts[i] = (struct iovec){buffers[i], MAX_PACKET};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  }
  int count = recvmmsg(client->fd, messages, MAX_BATCH, 0, NULL);
  if (count < 0 && errno == ECONNREFUSED) fail(client, "the server closed its port");
  for (int i = 0; i < count; i++)
    if (!take_packet(client, buffers[i], messages[i].msg_len)) return;
}

static void look_at_time(struct client *client) {
  if (client->fd < 0) return;
  if (client->ack_at != 0 && client->ack_at <= now) send_ack(client);
  if (client->silent_at > now) return;
  if (client->repeats++ == MAX_REPEATS) return fail(client, "no answer");
  client->silence = client->silence * 2 > LONGEST_SILENCE ? LONGEST_SILENCE : client->silence * 2;
  client->silent_at = now + client->silence;
  client->gap_reported = false;
  totals.retries++;
  if (client->answered) send_ack(client);
  else send_request(client);
}

static void run(struct client *clients) {
  struct epoll_event events[64];
  uint64_t tick = options.think_ms == 0 ? SECOND / 10 : 1000;
  uint64_t deadline = now + options.deadline_s * SECOND;
  uint64_t next_look = now + tick;
  for (unsigned i = 0; i < options.clients; i++) start_transfer(&clients[i]);
  while (totals.done + totals.failed < options.transfers && now < deadline) {
    int count = epoll_wait(epoll_fd, events, 64, (int)(tick / 1000));
    now = read_clock();
    for (int i = 0; i < count; i++) read_client(events[i].data.ptr);
    if (now < next_look) continue;
    next_look = now + tick;
    for (unsigned i = 0; i < options.clients; i++) look_at_time(&clients[i]);
  }
}

static void open_files(char **names, unsigned count) {
  files = calloc(count, sizeof *files);
  file_count = count;
  for (unsigned i = 0; i < count; i++) {
    char path[4096];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", options.root, names[i]);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0) die(path);
    files[i] = (struct file){.name = names[i], .size = (size_t)status.st_size};
    if (files[i].size > 0) {
      files[i].bytes = mmap(NULL, files[i].size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
      if (files[i].bytes == MAP_FAILED) die(path);
    }
    close(fd);
  }
}

static void read_options(int argc, char **argv) {
  static const struct option known[] = {
      {"server", 1, 0, 's'},  {"port", 1, 0, 'p'},  {"root", 1, 0, 'r'},     {"clients", 1, 0, 'c'},    {"transfers", 1, 0, 'n'},
      {"blksize", 1, 0, 'b'}, {"window", 1, 0, 'w'}, {"think-ms", 1, 0, 't'}, {"deadline-s", 1, 0, 'd'}, {"tsize", 0, 0, 'z'}, {0}};
  for (int key; (key = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    unsigned number = optarg == NULL ? 0 : (unsigned)strtoul(optarg, NULL, 10);
    switch (key) {
      case 's': options.server = optarg; break;
      case 'r': options.root = optarg; break;
      case 'p': options.port = number; break;
      case 'c': options.clients = number; break;
      case 'n': options.transfers = number; break;
      case 'b': options.blksize = number; break;
      case 'w': options.window = number; break;
      case 't': options.think_ms = number; break;
      case 'd': options.deadline_s = number; break;
      case 'z': options.tsize = true; break;
      default: exit(2);
    }
  }
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
  bool is_address = inet_pton(AF_INET, options.server, &server.sin_addr) == 1;
  bool is_whole = options.root != NULL && options.port > 0 && options.clients > 0 && options.transfers > 0 && options.window > 0;
  if (is_address && is_whole && options.blksize >= 8 && options.blksize <= 65464 && optind < argc) return;
  fprintf(stderr, "tftp-load: --port, --root and at least one NAME, please\n");
  exit(2);
}

static int compare_durations(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static double duration_at(double share) {
  return totals.done == 0 ? 0 : durations[(unsigned)(share * (totals.done - 1) + 0.5)] / 1000.0;
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  open_files(argv + optind, (unsigned)(argc - optind));
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  struct client *clients = calloc(options.clients, sizeof *clients);
  durations = calloc(options.transfers, sizeof *durations);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  for (unsigned i = 0; i < options.clients; i++) clients[i].fd = -1;
  uint64_t started = now = read_clock();
  run(clients);
  unsigned failed = options.transfers - totals.done;
  qsort(durations, totals.done, sizeof *durations, compare_durations);
  printf("{\"seconds\": %.6f, \"bytes\": %llu, \"transfers\": %u, \"failed\": %u, \"retries\": %llu, \"wrongBytes\": %u, ",
         (double)(now - started) / SECOND, (unsigned long long)totals.bytes, options.transfers, failed,
         (unsigned long long)totals.retries, totals.wrong);
  printf("\"p50Ms\": %.3f, \"p99Ms\": %.3f, \"fastestMs\": %.3f, \"slowestMs\": %.3f}\n", duration_at(0.5), duration_at(0.99),
         duration_at(0), duration_at(1));
  return totals.wrong > 0 ? 3 : failed > 0 ? 1 : 0;
}
