// Runs one command class in this process and gives what a shell would see: stdout, stderr, exit status.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {Config, type Command} from '@oclif/core'

export type Ran = {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  readonly json: () => Record<string, unknown>
}

type CommandClass = {run(argv: string[], options: Config): Promise<unknown>} & Pick<typeof Command, 'id'>

const root = fileURLToPath(new URL('../..', import.meta.url))

/** oclif's view of the program without its commands, which it would all load before each run. */
async function loadConfig(): Promise<Config> {
  const pjson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as Config['pjson'] & {oclif: {commands?: unknown; hooks?: unknown}}
  delete pjson.oclif.commands
  delete pjson.oclif.hooks
  const config = new Config({root, pjson, ignoreManifest: true})
  await config.load()
  return config
}

const loaded = loadConfig()

export async function runCommand(command: CommandClass, argv: readonly string[]): Promise<Ran> {
  const config = await loaded
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
    await command.run([...argv], config)
    return {...written, exitCode: Number(process.exitCode ?? 0), json: () => JSON.parse(written.stdout) as Record<string, unknown>}
  } finally {
    process.exitCode = exitBefore
    for (const undo of restore) undo()
  }
}
