// Every image of the lab, those filled by hand too.
import {readCatalog} from '../images/catalog.js'
import type {Lab} from '../lab/open-lab.js'
import {imageJson, imagePlaces, type ImageJson} from './image-lab.js'

/** By name; the warnings name images whose image.json cannot be read, and a boot.default that is no image. */
export async function listImages(lab: Lab): Promise<{images: ImageJson[]; warnings: string[]}> {
  const catalog = await readCatalog(imagePlaces(lab).images)
  const hosts = await lab.store.list()
  const standard = lab.settings.boot.default
  const images = catalog.map((image) =>
    imageJson(image, {
      hosts: hosts.filter((host) => host.image === image.name).map((host) => host.name),
      isDefault: standard === image.name,
    }),
  )
  const lost = new Set(
    hosts.flatMap((host) => (host.image === undefined || catalog.some(({name}) => name === host.image) ? [] : [host.image])),
  )
  return {
    images,
    warnings: [
      ...catalog.flatMap((image) => (image.kind === 'broken' ? [image.problem.message] : [])),
      ...(standard === 'local' || images.some(({isDefault}) => isDefault)
        ? []
        : [`the setting boot.default names the image ${standard}, which is not there`]),
      ...[...lost].map((name) => `hosts boot the image ${name}, which is not there: pxectl image add FILE-OR-URL --name ${name}`),
    ],
  }
}
