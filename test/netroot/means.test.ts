import {expect, test} from 'vitest'
import {findRoom} from '../../src/netroot/means.js'
import type {CommandLine, Finished} from '../../src/system/exec.js'

const finished = (exitCode: number, stderr = ''): Finished => ({exitCode, stdout: '', stderr, timedOut: false})

/** A system that refuses what `refused` says. */
function system(refused: (args: readonly string[]) => boolean): {exec: (command: CommandLine) => Promise<Finished>; asked: string[]} {
  const asked: string[] = []
  const exec = ({file, args}: CommandLine): Promise<Finished> => {
    asked.push([file, ...args].join(' '))
    return Promise.resolve(refused(args) ? finished(1, 'unshare: unshare failed: Operation not permitted') : finished(0))
  }
  return {exec, asked}
}

test('root has a room of its own, an ordinary user one in a user namespace', async () => {
  for (const isRoot of [true, false]) {
    expect(await findRoom({...system(() => false), isRoot})).toBe(isRoot ? 'root' : 'user')
    await expect(findRoom({...system((args) => args.includes('--mount')), isRoot})).rejects.toMatchObject({
      code: 'NAMESPACES_MISSING',
      exitCode: 6,
      message: expect.stringMatching(/Operation not permitted/),
    })
  }
})

test('where there are no user namespaces nothing is asked that would leave a process behind', async () => {
  const {exec, asked} = system((args) => args.includes('--user'))
  await expect(findRoom({exec, isRoot: false})).rejects.toMatchObject({code: 'NAMESPACES_MISSING'})
  expect(asked).toEqual(['unshare --user true'])
})
