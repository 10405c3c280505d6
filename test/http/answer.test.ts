import {expect, test} from 'vitest'
import {answerFile, type ConditionHeaders, createDescriber, describeFile, type FileFacts, refusalOf} from '../../src/http/answer.js'
import {bootFileForbidden, bootFileNotFound} from '../../src/bootfiles/boot-file.js'

const file: FileFacts = {name: '/boot.ipxe', sizeBytes: 1000, modifiedMs: Date.UTC(2024, 4, 6, 7, 8, 9, 500), version: '1:2:3'}
const date = 'Mon, 06 May 2024 07:08:09 GMT'
const earlier = 'Mon, 06 May 2024 07:08:08 GMT'
const etag = describeFile(file).etag ?? ''

const statusOf = (conditions: ConditionHeaders, facts = file, method = 'GET'): number => answerFile(method, conditions, facts).status

test('the headers describe the file', () => {
  expect(answerFile('GET', {}, file)).toEqual({
    status: 200,
    body: {first: 0, last: 999},
    headers: {
      ETag: etag,
      'Last-Modified': date,
      'Accept-Ranges': 'bytes',
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': '1000',
    },
  })
  expect(etag).toMatch(/^"[\w-]{22}"$/)
  expect(answerFile('GET', {}, {...file, sizeBytes: 0})).toMatchObject({status: 200, body: undefined, headers: {'Content-Length': '0'}})
})

test('other bytes have another tag, and bytes that may change unnoticed have none', () => {
  expect(describeFile({...file, version: '1:2:4'}).etag).not.toBe(etag)
  const young = answerFile('GET', {'if-none-match': etag}, {...file, version: undefined})
  expect(young.status).toBe(200)
  expect(young.headers).not.toHaveProperty('ETag')
  expect(statusOf({range: 'bytes=0-1', 'if-range': date}, {...file, version: undefined})).toBe(200)
})

test('what the client has is not sent again', () => {
  for (const tags of [etag, `"x", W/${etag}`, '*']) expect(statusOf({'if-none-match': tags})).toBe(304)
  expect(answerFile('GET', {'if-none-match': etag}, file)).toMatchObject({body: undefined, headers: {ETag: etag}})
  expect(statusOf({'if-none-match': etag, range: 'bytes=0-1'})).toBe(304)
  expect(statusOf({'if-none-match': '"x"', 'if-modified-since': date})).toBe(200)
  expect(statusOf({'if-modified-since': date})).toBe(304)
  expect(statusOf({'if-modified-since': earlier})).toBe(200)
  expect(statusOf({'if-modified-since': 'yesterday'})).toBe(200)
})

test('a client that wants the file it knows does not get another', () => {
  for (const tags of [etag, `"x", ${etag}`, '*']) expect(statusOf({'if-match': tags})).toBe(200)
  for (const tags of ['"x"', `W/${etag}`, '']) expect(statusOf({'if-match': tags})).toBe(412)
  expect(statusOf({'if-unmodified-since': date})).toBe(200)
  expect(statusOf({'if-unmodified-since': earlier})).toBe(412)
  expect(statusOf({'if-unmodified-since': 'yesterday'})).toBe(200)
  expect(answerFile('GET', {'if-match': '"x"'}, file)).toMatchObject({
    refusal: expect.any(String) as string,
    headers: {'Content-Length': '0'},
  })
})

test('a range is served if the file is still the one it was begun with', () => {
  expect(answerFile('GET', {range: 'bytes=10-19'}, file)).toMatchObject({
    status: 206,
    body: {first: 10, last: 19},
    headers: {'Content-Range': 'bytes 10-19/1000', 'Content-Length': '10'},
  })
  for (const condition of [etag, date]) expect(statusOf({range: 'bytes=0-1', 'if-range': condition})).toBe(206)
  for (const condition of ['"x"', `W/${etag}`, earlier]) expect(statusOf({range: 'bytes=0-1', 'if-range': condition})).toBe(200)
  expect(statusOf({range: 'bytes=0-1'}, file, 'HEAD')).toBe(200)
})

test('a range outside the file is refused with a reason', () => {
  expect(answerFile('GET', {range: 'bytes=1000-'}, file)).toMatchObject({
    status: 416,
    body: undefined,
    headers: {'Content-Range': 'bytes */1000', 'Content-Length': '0'},
    refusal: 'the range bytes=1000- lies outside the file of 1000 bytes',
  })
})

test('a remembered description is that of the file as it is now', () => {
  const describe = createDescriber()
  expect(describe(file)).toEqual(describeFile(file))
  for (const facts of [
    {...file, version: '9'},
    {...file, version: undefined},
    {...file, version: undefined, sizeBytes: 7},
    {...file, version: undefined, sizeBytes: 7, modifiedMs: 0},
    {...file, name: '/x.efi'},
    file,
  ]) {
    expect(describe(facts)).toEqual(describeFile(facts))
    expect(describe(facts)).toBe(describe(facts))
  }
})

test('the network learns little of why a file is not served', () => {
  expect(refusalOf(bootFileNotFound('/secret'))).toEqual({status: 404, message: 'no such boot file'})
  expect(refusalOf(bootFileForbidden('/secret', 'it is a link'))).toEqual({status: 403, message: 'this name is not served'})
  expect(refusalOf(new Error('EMFILE: /srv/secret'))).toEqual({status: 500, message: 'the server cannot read the file'})
})
