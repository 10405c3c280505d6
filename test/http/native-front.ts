// The front's addon, compiled for the tests; where there is no compiler it is not tested, and says so.
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {addons, buildNative} from '../../src/cli/build-native.js'
import {loadHttpFront, type OpenFront} from '../../src/http/front.js'

/** The addon, or undefined. */
export async function buildFront(): Promise<{readonly openFront: OpenFront; readonly path: string} | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'pxectl-front-'))
  process.once('exit', () => rmSync(folder, {recursive: true, force: true}))
  const path = join(folder, 'http-front.node')
  const source = fileURLToPath(new URL('../../native/http-front.c', import.meta.url))
  const built = await buildNative({source, target: path, ...addons['http-front']})
  if (built.kind === 'failed') throw new Error(built.reason)
  if (built.kind === 'skipped') {
    console.log(`the front is not tested: ${built.reason}`)
    return undefined
  }
  const front = loadHttpFront(path)
  if (front.kind !== 'loaded') throw new Error(front.reason)
  return {openFront: front.openFront, path}
}
