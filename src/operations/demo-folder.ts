// Where the demo's lab lies: a folder of the user's, or a temporary one that is removed again.
import {resolve} from 'node:path'
import {makeTemporaryFolder, removeTree} from '../system/files.js'

export async function withDemoFolder<T>(named: string | undefined, work: (folder: string) => Promise<T>): Promise<T> {
  if (named !== undefined) return work(resolve(named))
  const folder = await makeTemporaryFolder('pxectl-demo-')
  try {
    return await work(folder)
  } finally {
    await removeTree(folder)
  }
}
