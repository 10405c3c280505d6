// Host lists in files: what is read from CSV, JSON and YAML, what is refused, and that what we write we read.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {renderHosts} from '../../src/hosts/export.js'
import type {Host} from '../../src/hosts/host.js'
import {findFormat, parseHosts, readHostFile, TEXT_FORMATS, type TextFormat} from '../../src/hosts/import.js'
import {expectFixture} from '../support/fixture.js'
import {temporaryFolder} from '../support/temporary-folder.js'
import {sampleHost} from './host-sample.js'

const TK2 = {
  name: 'tk2',
  ip: '192.168.56.21',
  mac: '08:00:27:12:34:56',
  root: undefined,
  image: undefined,
  bootArgs: undefined,
  firmware: undefined,
  dhcp: true,
}

describe('a host is read from', () => {
  const image = {...TK2, image: 'debian12'}
  test.each<[string, TextFormat, string | Uint8Array, object]>([
    ['CSV', 'csv', 'name,ip,mac\ntk2,192.168.56.21,08:00:27:12:34:56\n', TK2],
    ['CSV of the old script', 'csv', 'hostname,ip,macaddress,root\ntk2,192.168.56.21,0800.2712.3456,root_tk2', {...TK2, root: 'root_tk2'}],
    ['CSV in any order and case', 'csv', 'MAC Address,Image,IP address,Host Name\n08-00-27-12-34-56,debian12,192.168.56.21,tk2', image],
    ['CSV with BOM, CRLF and semicolons', 'csv', '\ufeffname;ip;mac;image\r\ntk2;192.168.56.21;08:00:27:12:34:56;debian12\r\n', image],
    ['tabs', 'csv', 'name\tip\tmac\ntk2\t192.168.56.21\t080027123456', TK2],
    ['UTF-16 as spreadsheets write it', 'csv', Buffer.from('\ufeffname\tip\tmac\r\ntk2\t192.168.56.21\t080027123456', 'utf16le'), TK2],
    [
      'CSV with comments, spaces and empty lines',
      'csv',
      '# lab\n\n name , ip , mac \n# one\n tk2 , 192.168.56.21 , 08:00:27:12:34:56 \n,,\n',
      TK2,
    ],
    ['CSV with quotes', 'csv', 'name,ip,mac,boot-args\ntk2,192.168.56.21,080027123456,"a, ""b"" #c"', {...TK2, bootArgs: 'a, "b" #c'}],
    ['a short line', 'csv', 'name,ip,mac,root,image\ntk2,192.168.56.21,080027123456', TK2],
    [
      'CSV with dhcp and firmware',
      'csv',
      'name,ip,mac,dhcp,firmware\ntk2,192.168.56.21,080027123456,No,UEFI',
      {...TK2, dhcp: false, firmware: 'uefi'},
    ],
    ['JSON', 'json', '{"hosts": [{"name": "tk2", "ip": "192.168.56.21", "mac": "08:00:27:12:34:56", "image": null}], "warnings": []}', TK2],
    [
      'a bare JSON list',
      'json',
      '\ufeff[{"hostname": "tk2", "ip": "192.168.56.21", "macaddress": "080027123456", "dhcp": false}]',
      {...TK2, dhcp: false},
    ],
    ['YAML', 'yaml', 'hosts:\n  - name: tk2\n    ip: 192.168.56.21\n    mac: 08:00:27:12:34:56\n    image: debian12\n    root:\n', image],
    [
      'YAML that looks like numbers',
      'yaml',
      '- {name: 1e5, ip: 192.168.56.21, mac: 080027123456, root: 0x10, dhcp: no}',
      {...TK2, name: '1e5', root: '0x10', dhcp: false},
    ],
  ])('%s', async (_, format, source, host) => {
    expect(await parseHosts(source, format)).toEqual({rows: [host], problems: []})
  })
})

describe('every bad row is reported, with its place', () => {
  test('CSV', async () => {
    const text = [
      'name,ip,mac,firmware,boot-args',
      'tk1,192.168.56.1,08:00:27:00:00:01',
      '# a comment moves the lines',
      'tk_2,192.168.56.300,08:00:27:00:00,arm',
      ',192.168.56.3,01:00:5e:00:00:03',
      'TK1,192.168.56.1,08-00-27-00-00-01',
      'tk6,192.168.56.6,08:00:27:00:00:06,,"two\nlines"',
      'tk7,192.168.56.7,08:00:27:00:00:07,bios,quiet,more',
    ].join('\n')
    const {rows, problems} = await parseHosts(text, 'csv')
    expect(rows.map((row) => row.name)).toEqual(['tk1', 'tk7'])
    expectFixture('hosts/bad-rows.problems.json', `${JSON.stringify(problems, null, 2)}\n`)
  })

  test.each<[string, TextFormat, string, object[]]>([
    [
      'an unknown column',
      'csv',
      'name,ip,mac,imge\ntk2,1.2.3.4,080027000001,x',
      [{line: 1, column: 'imge', message: expect.stringContaining('did you mean image?')}],
    ],
    [
      'a column given twice',
      'csv',
      'name,ip,mac,hostname\n',
      [{line: 1, column: 'hostname', message: 'the column "hostname" is there twice'}],
    ],
    [
      'no line of names',
      'csv',
      'tk2,192.168.56.21,08:00:27:12:34:56\n',
      [{line: 1, value: expect.any(String), message: expect.stringContaining('must name the columns')}],
    ],
    ['an unclosed quote', 'csv', 'name,ip,mac\n"tk2,1.2.3.4,080027000001', [{message: expect.stringMatching(/no CSV host list.*quote/i)}]],
    ['broken JSON', 'json', '{"hosts": [', [{message: expect.stringContaining('this is no JSON host list')}]],
    ['JSON of something else', 'json', '{"vms": []}', [{message: expect.stringContaining('must be a list of hosts')}]],
    ['a host that is no object', 'json', '["tk2"]', [{row: 1, value: '"tk2"', message: expect.stringContaining('keys and values')}]],
    [
      'a value that is no text',
      'json',
      '[{"name": ["tk2"], "ip": "1.2.3.4", "mac": "080027000001"}]',
      [{row: 1, column: 'name', message: 'name is no text'}],
    ],
    ['broken YAML', 'yaml', 'hosts: [tk2', [{message: expect.stringMatching(/no YAML host list.*line 1/s)}]],
  ])('%s', async (_, format, text, problems) => {
    expect(await parseHosts(text, format)).toEqual({rows: [], problems})
  })

  test('bytes that are no text', async () => {
    const {problems} = await parseHosts(Uint8Array.of(0x6e, 0xff, 0xfe), 'csv')
    expect(problems).toEqual([{message: expect.stringContaining('this is no CSV host list')}])
  })
})

describe('what is exported is imported again', () => {
  const text = fc.option(
    fc.string({unit: 'binary', minLength: 1}).filter((value) => value.trim() !== '' && !/\p{Cc}|\p{Cs}/u.test(value)),
    {nil: undefined},
  )
  const host = fc.record({
    root: text,
    image: text,
    bootArgs: text,
    firmware: fc.constantFrom('bios', 'uefi', undefined),
    dhcp: fc.boolean(),
  })
  const hosts = fc.array(host, {maxLength: 5}).map((values) => values.map((value, index): Host => sampleHost(index + 1, value)))

  test.each(TEXT_FORMATS)('%s', async (format) => {
    await fc.assert(
      fc.asyncProperty(hosts, async (written) => {
        const {rows, problems} = await parseHosts(await renderHosts(written, format), format)
        expect(problems).toEqual([])
        expect(rows).toEqual(written.map(({createdAt: _, updatedAt: __, ...rest}) => rest))
      }),
      {numRuns: 200},
    )
  })

  test.each(TEXT_FORMATS)('%s looks as it always did', async (format) => {
    const written = [
      sampleHost(1, {image: 'debian12', bootArgs: 'quiet, nosmt', firmware: 'uefi'}),
      sampleHost(2, {root: 'root_tk2', dhcp: false}),
    ]
    expectFixture(`hosts/two-hosts.${format}`, await renderHosts(written, format))
  })
})

test.each([
  ['hosts.json', '', 'json'],
  ['hosts.yml', 'hosts:', 'yaml'],
  ['hosts', ' [{"name"', 'json'],
  ['hosts.txt', 'name,ip', 'csv'],
  ['old', 'SQLite format 3\0', 'pxe-db'],
])('the format of %s that begins %j is %s', (path, begin, format) => {
  expect(findFormat(path, Buffer.from(begin))).toBe(format)
})

test('a file is read by the format that its content tells', async () => {
  const path = join(temporaryFolder(), 'hosts')
  writeFileSync(path, JSON.stringify([{name: 'tk2', ip: '192.168.56.21', mac: '080027123456'}]))
  expect(await readHostFile(path)).toEqual({rows: [TK2], problems: []})
})
