// The least that a TFTP server can cost: serves a few files from memory as ready-made packets on one port of 127.0.0.1, with
// recvmmsg, sendmmsg and UDP segmentation offload. The yardstick of the benchmark and nothing else: it knows its files by name,
// checks nothing, repeats nothing by itself (a client's repetition is answered) and tells its clients apart by port alone.
//
//   cc -O2 -o tftp-ceiling tftp-ceiling.c
//   tftp-ceiling PORT ROOT NAME...
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum { RRQ = 1, DATA = 3, ACK = 4, ERROR = 5, OACK = 6 };
enum { BATCH = 64, MAX_REQUEST = 1024, MAX_OACK = 256, MAX_DATAGRAM = 65507, MAX_SEGMENTS = 64 };

// A file as packets of one blksize, end to end; all but the last are of 4 + blksize bytes.
struct image {
  struct image *other; // the same file with another blksize
  unsigned blksize;
  uint32_t blocks;
  size_t size;
  uint8_t *packets;
};

struct file {
  const char *name;
  uint8_t *bytes;
  size_t size;
  struct image *images;
};

struct transfer {
  const struct image *image;
  uint32_t acknowledged;
  uint16_t window;
};

union control {
  struct cmsghdr header;
  char space[CMSG_SPACE(sizeof(uint16_t))];
};

static struct file *files;
static size_t file_count;
static struct transfer transfers[65536]; // by the client's port

static struct mmsghdr outgoing[BATCH];
static struct iovec out_parts[BATCH];
static struct sockaddr_in out_names[BATCH];
static union control out_controls[BATCH];
static uint8_t oacks[BATCH][MAX_OACK];
static unsigned out_count;
static int udp;

static void die(const char *what) {
  fprintf(stderr, "tftp-ceiling: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void flush(void) {
  for (unsigned sent = 0; sent < out_count;) {
    int count = sendmmsg(udp, outgoing + sent, out_count - sent, 0);
    // One that cannot be sent is a lost one.
    sent += count > 0 ? (unsigned)count : 1;
  }
  out_count = 0;
}

// With `segment`, the kernel cuts the bytes into datagrams of that many.
static void queue(const struct sockaddr_in *client, uint8_t *bytes, size_t size, uint16_t segment) {
  struct msghdr *header = &outgoing[out_count].msg_hdr;
  out_names[out_count] = *client;
  out_parts[out_count] = (struct iovec){bytes, size};
  *header = (struct msghdr){
      .msg_name = &out_names[out_count], .msg_namelen = sizeof *client, .msg_iov = &out_parts[out_count], .msg_iovlen = 1};
  if (size > segment) {
    union control *control = &out_controls[out_count];
    control->header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof segment), .cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT};
    memcpy(CMSG_DATA(&control->header), &segment, sizeof segment);
    header->msg_control = control;
    header->msg_controllen = sizeof *control;
  }
  if (++out_count == BATCH) flush();
}

static struct image *make_image(struct file *file, unsigned blksize) {
  struct image *image = calloc(1, sizeof *image);
  image->blksize = blksize;
  image->blocks = (uint32_t)(file->size / blksize + 1);
  image->size = file->size + 4ull * image->blocks;
  image->packets = malloc(image->size);
  uint8_t *packet = image->packets;
  for (uint32_t block = 1; block <= image->blocks; block++) {
    size_t start = (size_t)(block - 1) * blksize;
    size_t size = block < image->blocks ? blksize : file->size - start;
    memcpy(packet, (uint8_t[]){0, DATA, (uint8_t)(block >> 8), (uint8_t)block}, 4);
    memcpy(packet + 4, file->bytes + start, size);
    packet += 4 + size;
  }
  image->other = file->images;
  return file->images = image;
}

static struct image *get_image(struct file *file, unsigned blksize) {
  for (struct image *image = file->images; image != NULL; image = image->other)
    if (image->blksize == blksize) return image;
  return make_image(file, blksize);
}

static int compare_files(const void *a, const void *b) {
  return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static void answer_request(const struct sockaddr_in *client, char *request, size_t length) {
  char *end = request + length;
  *end = 0;
  struct file *file = bsearch(&(struct file){.name = request + 2}, files, file_count, sizeof *files, compare_files);
  static uint8_t no_file[] = {0, ERROR, 0, 1, 0};
  if (file == NULL) return queue(client, no_file, sizeof no_file, sizeof no_file);
  uint8_t *oack = oacks[out_count];
  size_t size = 2;
  unsigned blksize = 512, window = 1;
  char *mode = request + 2 + strlen(request + 2) + 1;
  for (char *name = mode < end ? mode + strlen(mode) + 1 : end; name < end;) {
    char *value = name + strlen(name) + 1;
    if (value >= end) break;
    unsigned long number = strtoul(value, NULL, 10);
    if (strcasecmp(name, "blksize") == 0) blksize = (unsigned)number;
    else if (strcasecmp(name, "windowsize") == 0) window = (unsigned)number;
    else if (strcasecmp(name, "tsize") == 0) number = file->size;
    if (size + 48 < MAX_OACK) size += (size_t)snprintf((char *)oack + size, 48, "%.20s%c%lu", name, 0, number) + 1;
    name = value + strlen(value) + 1;
  }
  oack[0] = 0;
  oack[1] = OACK;
  transfers[ntohs(client->sin_port)] = (struct transfer){.image = get_image(file, blksize), .window = (uint16_t)window};
  queue(client, oack, size, MAX_OACK);
}

static void answer_ack(const struct sockaddr_in *client, const uint8_t *ack) {
  struct transfer *transfer = &transfers[ntohs(client->sin_port)];
  const struct image *image = transfer->image;
  if (image == NULL) return;
  transfer->acknowledged += (uint32_t)(int16_t)((ack[2] << 8 | ack[3]) - transfer->acknowledged);
  size_t segment = image->blksize + 4;
  size_t at = transfer->acknowledged * segment;
  size_t most = MAX_DATAGRAM / segment < MAX_SEGMENTS ? MAX_DATAGRAM / segment : MAX_SEGMENTS;
  size_t end = at + transfer->window * segment < image->size ? at + transfer->window * segment : image->size;
  for (size_t size; at < end; at += size) {
    size = end - at < most * segment ? end - at : most * segment;
    queue(client, image->packets + at, size, (uint16_t)segment);
  }
}

static void open_file(struct file *file, const char *root, const char *name) {
  char path[4096];
  struct stat status;
  snprintf(path, sizeof path, "%s/%s", root, name);
  int fd = open(path, O_RDONLY);
  if (fd < 0 || fstat(fd, &status) < 0) die(path);
  *file = (struct file){.name = name, .size = (size_t)status.st_size, .bytes = malloc((size_t)status.st_size + 1)};
  if (read(fd, file->bytes, file->size) != (ssize_t)file->size) die(path);
  close(fd);
}

static void open_port(unsigned port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int bytes = 4 << 20;
  udp = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  setsockopt(udp, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  if (bind(udp, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
}

int main(int argc, char **argv) {
  static uint8_t requests[BATCH][MAX_REQUEST + 1];
  static struct mmsghdr incoming[BATCH];
  static struct iovec parts[BATCH];
  static struct sockaddr_in names[BATCH];
  if (argc < 4) die("PORT ROOT NAME...");
  file_count = (size_t)argc - 3;
  files = calloc(file_count, sizeof *files);
  for (size_t i = 0; i < file_count; i++) open_file(&files[i], argv[2], argv[3 + i]);
  qsort(files, file_count, sizeof *files, compare_files);
  open_port((unsigned)strtoul(argv[1], NULL, 10));
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){requests[i], MAX_REQUEST};
    incoming[i].msg_hdr = (struct msghdr){.msg_name = &names[i], .msg_iov = &parts[i], .msg_iovlen = 1};
  }
  for (;;) {
    for (int i = 0; i < BATCH; i++) incoming[i].msg_hdr.msg_namelen = sizeof names[i];
    int count = recvmmsg(udp, incoming, BATCH, MSG_WAITFORONE, NULL);
    for (int i = 0; i < count; i++) {
      unsigned length = incoming[i].msg_len;
      if (length < 4) continue;
      if (requests[i][1] == ACK) answer_ack(&names[i], requests[i]);
      else if (requests[i][1] == RRQ) answer_request(&names[i], (char *)requests[i], length);
    }
    flush();
  }
}
