import {execFileSync} from 'node:child_process'
import {expect, test} from 'vitest'
import {netbootTree} from '../../src/netroot/netboot-files.js'

const {files, links, removed, emptied} = netbootTree()
const scripts = files.filter(({content, path}) => content.startsWith('#!/bin/sh') || path.includes('initramfs-tools/scripts/'))

test.each(scripts.map((file) => [file.path, file] as const))('%s is a script that sh understands', (_, {content}) => {
  expect(() => execFileSync('sh', ['-n'], {input: content, stdio: ['pipe', 'ignore', 'pipe']})).not.toThrow()
})

test('paths stay below the tree, and none is there twice', () => {
  const paths = [...files, ...links].map(({path}) => path)
  expect(new Set(paths).size).toBe(paths.length)
  for (const path of [...paths, ...removed, ...emptied]) expect(path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)/)
})

test("what must be each host's own is not in the tree", () => {
  expect(emptied).toEqual(['etc/machine-id'])
  expect(removed).toEqual(
    expect.arrayContaining(['etc/hostname', 'etc/resolv.conf', 'etc/ssh/ssh_host_ed25519_key', 'etc/ssh/ssh_host_rsa_key.pub']),
  )
})

// What DHCP says becomes files of the host; a server, or whoever answers first, must not write more than names.
const HOST = files.find(({path}) => path.endsWith('init-bottom/pxectl-host'))?.content ?? ''
test.each([
  ['tk1', 'lab.example', 'tk1', 'tk1.lab.example tk1'],
  ['tk1.lab.example', '', 'tk1', 'tk1.lab.example tk1'],
  ['', '', 'host-525400a1b2c3', 'host-525400a1b2c3'],
  ['a b;c', 'x\ny', 'host-525400a1b2c3', 'host-525400a1b2c3'],
])('the name "%s" and the domain "%s" of DHCP make the host %s', (hostname, domain, name, line) => {
  const part = HOST.slice(HOST.indexOf('domain=$DNSDOMAIN'), HOST.indexOf('echo "$name"'))
  const script = `mac=52:54:00:a1:b2:c3\n${part}\necho "$name"\necho "$name\${domain:+.$domain $name}"`
  const out = execFileSync('sh', ['-c', script], {
    env: {PATH: process.env['PATH'], HOSTNAME: hostname, DNSDOMAIN: domain},
    encoding: 'utf8',
  })
  expect(out).toBe(`${name}\n${line}\n`)
})
