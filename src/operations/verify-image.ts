// Are images still what was imported?
import {readCatalog} from '../images/catalog.js'
import {verifyFiles, type FileProblem} from '../images/verify.js'
import type {Work} from '../images/work.js'
import type {Lab} from '../lab/open-lab.js'
import {getImage, imagePlaces} from './image-lab.js'

export type VerifiedImage = {
  readonly name: string
  /** `unknown`: it was filled by hand, so nobody knows what it should be. */
  readonly state: 'good' | 'bad' | 'unknown'
  readonly files: number
  readonly problems: readonly FileProblem[]
}

/** Reads every file of the images named, or of all. Throws IMAGE_NOT_FOUND. */
export async function verifyImages(
  lab: Lab,
  names: readonly string[],
  work: Work,
): Promise<{ok: boolean; images: VerifiedImage[]; warnings: string[]}> {
  const wanted =
    names.length === 0
      ? await readCatalog(imagePlaces(lab).images)
      : await Promise.all([...new Set(names)].map((name) => getImage(lab, name)))
  const images: VerifiedImage[] = []
  const warnings: string[] = []
  for (const image of wanted) {
    const {name, folder} = image
    if (image.kind === 'imported') {
      work.onProgress?.(`reading ${name}`)
      const problems = await verifyFiles(folder, image.manifest, work)
      images.push({name, state: problems.length === 0 ? 'good' : 'bad', files: Object.keys(image.manifest.files).length, problems})
    } else {
      if (image.kind === 'broken') warnings.push(image.problem.message)
      images.push({name, state: image.kind === 'broken' ? 'bad' : 'unknown', files: 0, problems: []})
    }
  }
  return {ok: images.every(({state}) => state !== 'bad'), images, warnings}
}
