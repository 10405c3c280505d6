import {Readable} from 'node:stream'
import {expect, test} from 'vitest'
import {runFilter, type FilterFailure} from '../../src/system/filter.js'

const program = (script: string) => ({file: process.execPath, args: ['-e', script], debianPackage: 'nodejs'})
const failed = (failure: FilterFailure): Error => new Error(JSON.stringify(failure))
const input = (text: string): Readable => Readable.from([Buffer.from(text)], {objectMode: false})

async function textOf(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

test('bytes go through the program', async () => {
  expect(await textOf(runFilter(program('process.stdin.pipe(process.stdout)'), input('x'.repeat(300_000)), failed))).toBe(
    'x'.repeat(300_000),
  )
})

test('a bad end is an error with what the program said, even where it did not read its input', async () => {
  const filter = runFilter(program('console.error("no such format"); process.exit(3)'), input('x'.repeat(300_000)), failed)
  await expect(textOf(filter)).rejects.toThrow('{"exitCode":3,"signal":null,"stderr":"no such format"}')
})

test('a program that is missing is named with its package', async () => {
  const filter = runFilter({file: 'no-such-program', args: [], debianPackage: 'no-such-package'}, input('x'), failed)
  await expect(textOf(filter)).rejects.toMatchObject({
    code: 'PROGRAM_MISSING',
    exitCode: 6,
    suggestions: ['apt-get install no-such-package', expect.any(String)],
  })
})

test('the error of the input is the error of the output', async () => {
  const broken = new Readable({read: () => undefined})
  setImmediate(() => broken.destroy(new Error('no route')))
  await expect(textOf(runFilter(program('process.stdin.resume()'), broken, failed))).rejects.toThrow('no route')
  const closed = new Readable({read: () => undefined})
  setImmediate(() => closed.destroy())
  await expect(textOf(runFilter(program('process.stdin.resume()'), closed, failed))).rejects.toThrow('Premature close')
})

test('a reader that stops ends the program', async () => {
  const filter = runFilter(program('process.stdout.write(String(process.pid)); setInterval(() => undefined, 1000)'), input('x'), failed)
  const pid = await new Promise<number>((resolve) => filter.once('data', (chunk: Buffer) => resolve(Number(String(chunk)))))
  filter.destroy()
  await expect.poll(() => isRunning(pid), {timeout: 10_000}).toBe(false)
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
