/*
 * Reads the head of the commonest HTTP request there is, as src/http/request-head.ts does, and of fewer kinds: GET of a path with
 * HTTP/1.1, one Host, nothing that asks for a part of the file or for a condition. All else is OTHER, right or wrong, and is
 * judged by JavaScript; test/http/front-head.test.ts holds the two against each other.
 */
#ifndef PXECTL_REQUEST_HEAD_H
#define PXECTL_REQUEST_HEAD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { MAX_HEAD_BYTES = 8192, MAX_FIELDS = 100 }; /* of request-head.ts */

typedef enum { HEAD_PLAIN, HEAD_OTHER } HeadKind;

/* Of a plain head: where its target is, where the next request begins, and whether the connection ends after the answer. */
typedef struct {
  HeadKind kind;
  const uint8_t *target;
  size_t targetLength, length;
  bool isLast;
} Head;

static bool isNameByte(uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-';
}

static bool isHostByte(uint8_t byte) { return isNameByte(byte) || byte == '.' || byte == '_' || byte == ':' || byte == '[' || byte == ']'; }

static bool isValueByte(uint8_t byte) { return byte == '\t' || (byte >= 0x20 && byte <= 0x7e); }

/* Neither a query nor percent-encoding: what is left stands for itself. */
static bool isTargetByte(uint8_t byte) { return byte > 0x20 && byte <= 0x7e && byte != '#' && byte != '?' && byte != '%'; }

static bool startsWith(const uint8_t *at, const uint8_t *end, const char *text) {
  size_t length = strlen(text);
  return (size_t)(end - at) >= length && memcmp(at, text, length) == 0;
}

static bool isText(const uint8_t *bytes, size_t length, const char *text) {
  return strlen(text) == length && strncasecmp((const char *)bytes, text, length) == 0;
}

/* Fields that make a request another one than "the whole file, please"; the lists KEPT and REFUSED of request-head.ts. */
static bool isUnusual(const uint8_t *name, size_t length) {
  static const char *const names[] = {
      "range",          "if-range",          "if-match", "if-none-match", "if-modified-since", "if-unmodified-since",
      "content-length", "transfer-encoding", "te",       "trailer",       "expect",            "upgrade",
      "http2-settings", "keep-alive",        "proxy-connection"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (isText(name, length, names[i])) return true;
  }
  return false;
}

typedef struct {
  bool hasHost, hasConnection, isLast;
} Fields;

/* Takes note of a field. Returns whether it leaves the request plain. */
static bool noteField(const uint8_t *name, size_t nameLength, const uint8_t *value, size_t length, Fields *fields) {
  bool isConnection = isText(name, nameLength, "connection"), isHost = isText(name, nameLength, "host");
  if (!isConnection && !isHost) return !isUnusual(name, nameLength);
  while (length > 0 && *value == ' ') value++, length--;
  while (length > 0 && value[length - 1] == ' ') length--;
  if (isHost) {
    if (fields->hasHost || length == 0) return false;
    for (size_t i = 0; i < length; i++) {
      if (!isHostByte(value[i])) return false;
    }
    return fields->hasHost = true;
  }
  fields->isLast = isText(value, length, "close");
  if (fields->hasConnection || !(fields->isLast || isText(value, length, "keep-alive"))) return false;
  return fields->hasConnection = true;
}

/* Reads the head that begins the bytes. One that is not whole is OTHER too: nothing is waited for here. */
static Head readHead(const uint8_t *bytes, size_t size) {
  const Head other = {.kind = HEAD_OTHER};
  const uint8_t *at = bytes, *end = bytes + (size < MAX_HEAD_BYTES ? size : MAX_HEAD_BYTES);
  Fields fields = {0};
  if (!startsWith(at, end, "GET /")) return other;
  Head head = {.kind = HEAD_PLAIN, .target = at += 4};
  while (at < end && isTargetByte(*at)) at++;
  head.targetLength = (size_t)(at - head.target);
  if (!startsWith(at, end, " HTTP/1.1\r\n")) return other;
  at += 11;
  for (int count = 0; count <= MAX_FIELDS; count++) {
    const uint8_t *name = at;
    while (at < end && isNameByte(*at)) at++;
    if (at == name) {
      if (!startsWith(at, end, "\r\n") || !fields.hasHost) return other;
      head.length = (size_t)(at + 2 - bytes);
      head.isLast = fields.isLast;
      return head;
    }
    if (at == end || *at != ':') return other;
    const uint8_t *value = at + 1;
    size_t nameLength = (size_t)(at - name);
    for (at++; at < end && isValueByte(*at);) at++;
    if (!startsWith(at, end, "\r\n") || !noteField(name, nameLength, value, (size_t)(at - value), &fields)) return other;
    at += 2;
  }
  return other;
}

#endif
