// Many clients at once, in one program of their own (storm-client-program.ts) inside a namespace.
import {createHash} from 'node:crypto'
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {Place} from './network.js'
import {describe} from './programs.js'
import {projectFolder} from './program.js'
import {noise, randomFrom} from './noise.js'

const PROGRAM = fileURLToPath(new URL('storm-client-program.ts', import.meta.url))

/** A file as clients ask for it, and what they must get. */
export type StormFile = {readonly name: string; readonly sha256: string; readonly sizeBytes: number}

export type Storm = {
  readonly server: string
  readonly tftpPort: number
  readonly httpPort: number
  /** The clients take them in turn. */
  readonly files: readonly StormFile[]
  readonly tftpClients: number
  readonly httpClients: number
  /** Every so many TFTP clients one asks for a window of 4 blocks, as OVMF does; 0 for none. */
  readonly windowEvery?: number
  /** Percent of clients that leave in the middle, with an ERROR, without a word, or by dropping the connection. */
  readonly leavingPercent?: number
  readonly seed?: number
}

/** How a client ended. `left`: in the middle, as it was told to. */
export type StormOutcome = 'whole' | 'wrong bytes' | 'left' | 'failed'

export type StormResult = {
  readonly whole: number
  readonly left: number
  /** One line for each client that got wrong bytes or nothing, in words. */
  readonly failures: readonly string[]
  /** TFTP packets that clients had to send again, and HTTP connections they had to open again. */
  readonly repeats: number
  readonly seconds: number
}

/** Lets the storm loose at `place` and waits for its end. */
export async function runStorm(place: Pick<Place, 'run'>, storm: Storm, timeoutMs = 240_000): Promise<StormResult> {
  const command = [process.execPath, '--import', 'tsx', PROGRAM]
  const finished = await place.run(command, {cwd: projectFolder, input: JSON.stringify(storm), timeoutMs})
  if (finished.exitCode !== 0) throw new Error(`the storm ended badly: ${describe(finished)}`)
  return JSON.parse(finished.stdout) as StormResult
}

/** Writes `count` files of sizes between `least` and `most` bytes below the TFTP root. */
export async function writeStormFiles(
  root: string,
  folder: string,
  count: number,
  [least, most]: readonly [number, number],
): Promise<StormFile[]> {
  await mkdir(join(root, folder), {recursive: true})
  const random = randomFrom(count)
  const files: StormFile[] = []
  for (let index = 0; index < count; index += 1) {
    const sizeBytes = least + Math.floor(random() * (most - least + 1))
    files.push(await writeStormFile(root, `${folder}/f${index}.bin`, sizeBytes, index))
  }
  return files
}

export async function writeStormFile(root: string, name: string, sizeBytes: number, seed: number): Promise<StormFile> {
  const content = noise(sizeBytes, seed)
  await writeFile(join(root, name), content)
  return {name, sizeBytes, sha256: createHash('sha256').update(content).digest('hex')}
}
