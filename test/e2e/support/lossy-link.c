/*
 * A bad cable: joins two tap devices, each in a network namespace of its own, and loses, doubles, delays and reorders what
 * passes, at random from a seed. Kernels for containers and small machines often lack netem; every Linux has taps.
 *
 *   lossy-link --left NAMESPACE/TAP --right NAMESPACE/TAP [--loss %] [--duplicate %] [--reorder %] [--delay MS] [--hold MS]
 *              [--seed N] [--queue FRAMES]
 *
 * A tap opened without IFF_VNET_HDR offers no offloads, so the kernel hands us frames of at most the MTU with their checksums
 * filled in. Only IPv4 suffers; ARP and the rest pass, or a lost ARP answer would look like a lost network.
 * Prints "ready", and its counts as one line of JSON on SIGTERM or SIGINT.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FRAME = 70000, ETHERTYPE_IPV4 = 0x0800, FRAMES_AT_ONCE = 64 };

struct faults {
  double loss, duplicate, reorder;
  uint64_t delay_ns, hold_ns;
  size_t queue_limit;
};

struct counts {
  unsigned long frames, bytes, exempt, lost, duplicated, reordered, overflowed, refused;
  size_t largest;
};

struct frame {
  uint64_t due_ns, number;
  int side;
  size_t length;
  unsigned char *bytes;
};

/* Frames on their way, a binary heap: the one that is due first lies on top. */
struct heap {
  struct frame *frames;
  size_t length;
};

static volatile sig_atomic_t is_ended;

static void end(int signal_number) {
  (void)signal_number;
  is_ended = 1;
}

static void fail(const char *what) {
  fprintf(stderr, "lossy-link: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* splitmix64: small, and good enough to decide about packets. */
static uint64_t next_random(uint64_t *state) {
  uint64_t mixed = (*state += 0x9e3779b97f4a7c15u);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

/* True in `percent` of all calls. */
static int happens(double percent, uint64_t *state) {
  return (double)(next_random(state) >> 11) * 0x1p-53 * 100.0 < percent;
}

static int is_before(const struct frame *one, const struct frame *other) {
  return one->due_ns != other->due_ns ? one->due_ns < other->due_ns : one->number < other->number;
}

static void swap(struct frame *one, struct frame *other) {
  struct frame kept = *one;
  *one = *other;
  *other = kept;
}

static void push(struct heap *heap, struct frame frame) {
  size_t at = heap->length++;
  heap->frames[at] = frame;
  for (; at > 0 && is_before(&heap->frames[at], &heap->frames[(at - 1) / 2]); at = (at - 1) / 2)
    swap(&heap->frames[at], &heap->frames[(at - 1) / 2]);
}

static struct frame pop(struct heap *heap) {
  struct frame top = heap->frames[0];
  heap->frames[0] = heap->frames[--heap->length];
  for (size_t at = 0;;) {
    size_t least = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap->length; child++)
      if (is_before(&heap->frames[child], &heap->frames[least])) least = child;
    if (least == at) return top;
    swap(&heap->frames[at], &heap->frames[least]);
    at = least;
  }
}

/* Attaches to a tap that is there already: NAMESPACE/TAP. */
static int open_tap(char *place) {
  char *slash = strchr(place, '/');
  if (slash == NULL) {
    fprintf(stderr, "lossy-link: %s is not NAMESPACE/TAP\n", place);
    exit(2);
  }
  *slash = '\0';
  char path[300];
  snprintf(path, sizeof path, "/run/netns/%s", place);
  int namespace = open(path, O_RDONLY | O_CLOEXEC);
  if (namespace < 0 || setns(namespace, CLONE_NEWNET) < 0) fail(path);
  close(namespace);
  int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tap < 0) fail("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  snprintf(request.ifr_name, IFNAMSIZ, "%s", slash + 1);
  if (ioctl(tap, TUNSETIFF, &request) < 0) fail(slash + 1);
  return tap;
}

static void enqueue(struct heap *heap, const struct faults *faults, struct counts *counts, struct frame frame, const unsigned char *bytes) {
  if (heap->length >= faults->queue_limit) {
    counts->overflowed++;
    return;
  }
  frame.bytes = malloc(frame.length);
  if (frame.bytes == NULL) fail("out of memory");
  memcpy(frame.bytes, bytes, frame.length);
  push(heap, frame);
}

/* What becomes of one frame that came in at `side`. */
static void decide(struct heap *heap, const struct faults *faults, struct counts *counts, uint64_t *random, int side,
                   const unsigned char *bytes, size_t length) {
  static uint64_t number;
  struct frame frame = {.due_ns = now_ns(), .number = ++number, .side = !side, .length = length};
  counts->frames++;
  counts->bytes += length;
  if (length > counts->largest) counts->largest = length;
  if (length < 14 || (bytes[12] << 8 | bytes[13]) != ETHERTYPE_IPV4) {
    counts->exempt++;
    enqueue(heap, faults, counts, frame, bytes);
    return;
  }
  if (happens(faults->loss, random)) {
    counts->lost++;
    return;
  }
  frame.due_ns += faults->delay_ns;
  int is_doubled = happens(faults->duplicate, random);
  if (happens(faults->reorder, random)) {
    counts->reordered++;
    frame.due_ns += faults->hold_ns;
  }
  enqueue(heap, faults, counts, frame, bytes);
  if (is_doubled) {
    counts->duplicated++;
    frame.number = ++number;
    enqueue(heap, faults, counts, frame, bytes);
  }
}

static void deliver(struct heap *heap, const int *taps, struct counts *counts) {
  while (heap->length > 0 && heap->frames[0].due_ns <= now_ns()) {
    struct frame frame = pop(heap);
    /* A tap whose device is down refuses; to the network that is one more lost frame. */
    if (write(taps[frame.side], frame.bytes, frame.length) < 0) counts[!frame.side].refused++;
    free(frame.bytes);
  }
}

static void print_counts(const char *name, const struct counts *counts) {
  printf("\"%s\":{\"frames\":%lu,\"bytes\":%lu,\"exempt\":%lu,\"lost\":%lu,\"duplicated\":%lu,\"reordered\":%lu,\"overflowed\":%lu,"
         "\"refused\":%lu,\"largest\":%zu}",
         name, counts->frames, counts->bytes, counts->exempt, counts->lost, counts->duplicated, counts->reordered, counts->overflowed,
         counts->refused, counts->largest);
}

static void run(const int *taps, const struct faults *faults, uint64_t seed, struct counts *counts) {
  static unsigned char bytes[MAX_FRAME];
  struct heap heap = {.frames = calloc(faults->queue_limit + 1, sizeof(struct frame))};
  if (heap.frames == NULL) fail("out of memory");
  /* One sequence for each direction: what passes one way does not change what happens the other way. */
  uint64_t random[2] = {seed, ~seed};
  sigset_t none;
  sigemptyset(&none);
  while (!is_ended) {
    struct pollfd polled[2] = {{.fd = taps[0], .events = POLLIN}, {.fd = taps[1], .events = POLLIN}};
    struct timespec wait = {0};
    uint64_t now = now_ns();
    if (heap.length > 0 && heap.frames[0].due_ns > now) {
      wait.tv_sec = (time_t)((heap.frames[0].due_ns - now) / 1000000000u);
      wait.tv_nsec = (long)((heap.frames[0].due_ns - now) % 1000000000u);
    }
    if (ppoll(polled, 2, heap.length > 0 ? &wait : NULL, &none) < 0 && errno != EINTR) fail("poll");
    for (int side = 0; side < 2 && !is_ended; side++)
      for (int count = 0; count < FRAMES_AT_ONCE; count++) {
        ssize_t length = read(taps[side], bytes, sizeof bytes);
        if (length <= 0) break;
        decide(&heap, faults, &counts[side], &random[side], side, bytes, (size_t)length);
      }
    deliver(&heap, taps, counts);
  }
}

int main(int argc, char **argv) {
  struct faults faults = {.hold_ns = 10000000u, .queue_limit = 20000};
  char *places[2] = {NULL, NULL};
  uint64_t seed = 1;
  for (int at = 1; at + 1 < argc; at += 2) {
    const char *name = argv[at];
    char *value = argv[at + 1];
    if (strcmp(name, "--left") == 0) places[0] = value;
    else if (strcmp(name, "--right") == 0) places[1] = value;
    else if (strcmp(name, "--loss") == 0) faults.loss = atof(value);
    else if (strcmp(name, "--duplicate") == 0) faults.duplicate = atof(value);
    else if (strcmp(name, "--reorder") == 0) faults.reorder = atof(value);
    else if (strcmp(name, "--delay") == 0) faults.delay_ns = (uint64_t)(atof(value) * 1e6);
    else if (strcmp(name, "--hold") == 0) faults.hold_ns = (uint64_t)(atof(value) * 1e6);
    else if (strcmp(name, "--seed") == 0) seed = strtoull(value, NULL, 10);
    else if (strcmp(name, "--queue") == 0) faults.queue_limit = strtoul(value, NULL, 10);
    else {
      fprintf(stderr, "lossy-link: what is %s?\n", name);
      return 2;
    }
  }
  if (places[0] == NULL || places[1] == NULL) {
    fprintf(stderr, "lossy-link: --left and --right are needed\n");
    return 2;
  }
  /* Blocked except while polling: a signal between the test of is_ended and the poll would be slept over. */
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, NULL);
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  int taps[2] = {open_tap(places[0]), open_tap(places[1])};
  struct counts counts[2] = {{0}, {0}};
  puts("ready");
  fflush(stdout);
  run(taps, &faults, seed, counts);
  printf("{");
  print_counts("leftToRight", &counts[0]);
  printf(",");
  print_counts("rightToLeft", &counts[1]);
  printf("}\n");
  return 0;
}
