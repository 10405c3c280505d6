// Runs one command class in this process and gives what a shell would see: stdout, stderr, exit status.
import {fileURLToPath} from 'node:url'
import type {Command} from '@oclif/core'

export type Ran = {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  readonly json: () => Record<string, unknown>
}

type CommandClass = {run(argv: string[], options: string): Promise<unknown>} & Pick<typeof Command, 'id'>

const root = fileURLToPath(new URL('../..', import.meta.url))

export async function runCommand(command: CommandClass, argv: readonly string[]): Promise<Ran> {
  const written = {stdout: '', stderr: ''}
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name]
    const write = stream.write.bind(stream)
    stream.write = ((chunk: string | Uint8Array) => {
      written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
      return true
    }) as typeof stream.write
    return () => void (stream.write = write)
  })
  const exitBefore = process.exitCode
  process.exitCode = 0
  try {
    await command.run([...argv], root)
    return {...written, exitCode: Number(process.exitCode ?? 0), json: () => JSON.parse(written.stdout) as Record<string, unknown>}
  } finally {
    process.exitCode = exitBefore
    for (const undo of restore) undo()
  }
}
