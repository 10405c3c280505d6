// The last step of an import: the folder gets the image's name, under the lock of the lab. What it replaces is set aside first, and put
// back where that fails.
import {join} from 'node:path'
import {PxectlError} from '../errors.js'
import {findImage, OVERLAY_FOLDER} from '../images/catalog.js'
import {folderTree} from '../images/folder-tree.js'
import type {Staging} from '../images/staging.js'
import {fileExists, syncFolder} from '../system/files.js'
import {moveTo} from '../system/folders.js'
import {openTreeWriter} from '../system/tree-writer.js'

/** Throws IMAGE_EXISTS, or IMAGE_NOT_OURS for a folder that pxectl did not make, which is never replaced. */
export async function refuseTaken(images: string, name: string, {replace}: {readonly replace: boolean}): Promise<void> {
  const folder = join(images, name)
  if (!(await fileExists(folder))) return
  const image = await findImage(images, name)
  if (image === undefined || image.kind === 'by-hand') {
    throw new PxectlError(`${folder} is there, and pxectl did not make it; nothing was imported`, {
      code: 'IMAGE_NOT_OURS',
      kind: 'conflict',
      details: {image: name, folder},
      suggestions: ['choose another name: --name NAME', `or move it away: mv ${folder} ${folder}.old`],
    })
  }
  if (replace) return
  throw new PxectlError(`there is an image ${name} already; nothing was imported`, {
    code: 'IMAGE_EXISTS',
    kind: 'conflict',
    details: {image: name},
    suggestions: ['choose another name: --name NAME', 'replace it: --replace', `look at it: pxectl image show ${name}`],
  })
}

/** Gives the staged image its name. Overlay files of the one that it replaces are carried over. */
export async function swapIn(images: string, name: string, staging: Staging): Promise<void> {
  const [folder, aside] = [join(images, name), join(staging.old, name)]
  const replaces = await fileExists(folder)
  if (replaces) {
    await copyOverlay(folder, staging.image)
    await moveTo(folder, aside)
  }
  try {
    await moveTo(staging.image, folder)
  } catch (error) {
    if (replaces) await moveTo(aside, folder)
    throw error
  }
  await syncFolder(images)
}

async function copyOverlay(from: string, to: string): Promise<void> {
  const overlay = join(from, OVERLAY_FOLDER)
  if (!(await fileExists(overlay))) return
  const writer = await openTreeWriter(to)
  for await (const file of folderTree(overlay, {name: overlay, isOurs: false}).walk())
    await writer.writeFile(`${OVERLAY_FOLDER}/${file.path}`, file.open())
  await writer.finish()
}
