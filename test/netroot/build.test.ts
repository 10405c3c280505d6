import {expect, test} from 'vitest'
import {PxectlError} from '../../src/errors.js'
import {buildFailure} from '../../src/netroot/build-failure.js'
import {buildProgress} from '../../src/netroot/build-progress.js'
import {runSteps, type BuildWork} from '../../src/netroot/build.js'
import type {Step} from '../../src/netroot/plan.js'
import {neededBytes, parseSize, requireLimit, requireSpace} from '../../src/netroot/space.js'
import {execGroup} from '../../src/system/exec-group.js'

const step = (script: string, takesPassword = false): Step => ({
  id: 'customise',
  title: 'make it a root',
  command: {file: 'sh', args: ['-c', script]},
  takesPassword,
})
const work: BuildWork = {name: 'root_demo', state: 'nothing was made', folder: '/', execGroup}
const failure = (output: string): PxectlError =>
  buildFailure(step(''), {exitCode: 1, stdout: '', stderr: output, timedOut: false}, {name: 'root_demo', state: 'nothing was made'})

/** What apt 2.6, mmdebstrap 1.3 and debootstrap 1.0 print; the addresses are made up. */
test.each([
  ['PACKAGE_UNKNOWN', 3, 'E: Unable to locate package no-such', 'no package no-such'],
  ['PACKAGE_UNKNOWN', 3, "E: Package 'mbr' has no installation candidate", 'no package mbr'],
  ['SUITE_UNKNOWN', 3, "E: The repository 'http://mirror.example/debian nosuch Release' does not have a Release file.", 'no suite nosuch'],
  ['MIRROR_UNREACHABLE', 5, "W: Failed to fetch http://no.example/debian/dists/x/InRelease  Could not resolve 'no.example'", 'no.example'],
  ['MIRROR_UNREACHABLE', 5, 'Could not connect to 127.0.0.1:9 (127.0.0.1). - connect (111: Connection refused)', '127.0.0.1:9'],
  ['DISK_FULL', 6, 'tar: ./usr/lib/x: Cannot write: No space left on device', 'the disk is full'],
  ['DISK_FULL', 6, "E: You don't have enough free space in /var/cache/apt/archives/.", 'the disk is full'],
  ['SIGNATURE_INVALID', 5, 'W: GPG error: http://mirror.example InRelease: ... NO_PUBKEY 0E98404D386FA1D9', 'signature'],
  ['ARCH_CANNOT_RUN', 6, 'chroot: failed to run command ‘true’: Exec format error', 'cannot run here'],
  ['BUILD_FAILED', 5, 'something else', 'its status is 1'],
])('%s (exit %s): %s', (code, exitCode, output, words) => {
  const error = failure(output)
  expect(error).toMatchObject({code, exitCode, details: {step: 'customise', output: [output]}})
  expect(error.message).toContain(words)
  expect(error.message).toContain(output)
  expect(error.message).toContain('"make it a root" failed')
})

test('progress is read from what apt, dpkg and our scripts print', () => {
  const read = buildProgress()
  const texts = [
    'I: running apt-get update...',
    '0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.',
    'Get:1 http://mirror.example/debian bookworm InRelease [151 kB]',
    'Get:2 http://mirror.example/debian bookworm/main amd64 libp11-kit0 amd64 0.24.1-2 [345 kB]',
    'Unpacking libp11-kit0:amd64 (0.24.1-2) ...',
    'Setting up libp11-kit0:amd64 (0.24.1-2) ...',
    'After this operation, 1,432 MB of additional disk space will be used.',
    'PXECTL writing its files',
    'PXECTL-STEP make the initramfs',
    'PXECTL-KERNEL 6.1.0-37-amd64',
    'nothing of interest',
  ]
  expect(texts.map(read)).toEqual([
    {kind: 'text', text: 'running apt-get update'},
    undefined,
    undefined,
    {kind: 'text', text: 'fetching packages: 1 of 2 (50 %)'},
    {kind: 'text', text: 'unpacking packages: 1 of 2 (50 %)'},
    {kind: 'text', text: 'setting up packages: 1 of 2 (50 %)'},
    {kind: 'size', bytes: 1_432_000_000},
    {kind: 'text', text: 'writing its files'},
    {kind: 'step', title: 'make the initramfs'},
    {kind: 'result', name: 'KERNEL', value: '6.1.0-37-amd64'},
    undefined,
  ])
})

test('steps run in order, with progress; what they found is given; the first that fails ends it', async () => {
  const seen: string[] = []
  const built = await runSteps(
    [step('echo PXECTL one; echo PXECTL-STEP other; echo PXECTL two; echo PXECTL-KERNEL 6.1'), step('echo PXECTL-SIZE 4096')],
    {
      ...work,
      onProgress: (text) => void seen.push(text),
    },
  )
  expect(built).toEqual({kernelVersion: '6.1', treeBytes: 4096})
  expect(seen).toEqual(['make it a root', 'make it a root: one', 'other', 'other: two', 'make it a root'])
  await expect(runSteps([step('echo broken >&2; exit 3'), step('echo PXECTL never')], work)).rejects.toThrow(
    /status is 3; nothing was made:\n {2}broken/,
  )
  await expect(runSteps([step('echo PXECTL-STEP other; exit 3')], work)).rejects.toThrow(/"other" failed/)
})

test('the hash of the password comes by stdin to the one step that takes it', async () => {
  const told = 'read -r hash || hash=none; echo "PXECTL-KERNEL [$hash]"'
  expect(await runSteps([step(told, true)], {...work, passwordHash: '$6$a$b'})).toEqual({kernelVersion: '[$6$a$b]'})
  expect(await runSteps([step(told)], {...work, passwordHash: '$6$a$b'})).toEqual({kernelVersion: '[none]'})
})

test('a hook that fails is named', async () => {
  await expect(runSteps([step('echo "PXECTL-HOOK-FAILED 10-mine 7"; exit 1')], work)).rejects.toMatchObject({
    code: 'HOOK_FAILED',
    details: {hook: '10-mine'},
  })
})

test('an interrupt ends the running step', async () => {
  const controller = new AbortController()
  const running = runSteps([step('echo PXECTL begun; exec sleep 600')], {
    ...work,
    signal: controller.signal,
    onProgress: (text) => void (text.endsWith('begun') && controller.abort()),
  })
  await expect(running).rejects.toMatchObject({code: 'INTERRUPTED'})
  await expect(runSteps([step('exit 0')], {...work, signal: controller.signal})).rejects.toMatchObject({code: 'INTERRUPTED'})
})

test('--size-limit: apt says what is to come, and the build ends before it is fetched', async () => {
  const announced = step('echo "After this operation, 900 MB of additional disk space will be used."; exec sleep 600')
  await expect(runSteps([announced], {...work, sizeLimitBytes: 8e8})).rejects.toMatchObject({code: 'ROOT_TOO_BIG', exitCode: 4})
  await expect(runSteps([step('echo PXECTL-SIZE 900000001')], {...work, sizeLimitBytes: 9e8})).rejects.toMatchObject({code: 'ROOT_TOO_BIG'})
  expect(() => requireLimit('a', 9e8, 9e8)).not.toThrow()
})

test('sizes', () => {
  expect(['800M', '2G', '1.5GB', '1000', '3 kB'].map(parseSize)).toEqual([8e8, 2e9, 1.5e9, 1000, 3000])
  for (const bad of ['', '0', '-1', '1X', 'G', '1e9', '9999999999T']) expect(() => parseSize(bad), bad).toThrow(/is not a size/)
})

test('space: a template and a copy need more than a squashfs over a template that is there', async () => {
  const [first, later] = [true, false].map((makesTemplate) => neededBytes('squashfs', {makesTemplate, copies: false}))
  expect(first).toBeGreaterThan(later ?? 0)
  await expect(requireSpace('/', 1e18)).rejects.toMatchObject({code: 'DISK_FULL', exitCode: 6})
  await requireSpace('/', 1)
})
