// The error for an image that somebody named and that cannot be used.
import {PxectlError} from '../errors.js'
import {findNearest} from '../net/nearest.js'

/** `problem`: why an image of that name, which is there, is none. */
export function imageNotFound(name: string, names: Iterable<string>, problem?: string): PxectlError {
  const images = [...names]
  const nearest = findNearest(name, images)
  return new PxectlError(problem === undefined ? `there is no image "${name}"` : `the image "${name}" cannot be used: ${problem}`, {
    code: 'IMAGE_NOT_FOUND',
    kind: 'notFound',
    details: {image: name, images},
    suggestions: [
      ...(nearest === undefined ? [] : [`did you mean ${nearest}?`]),
      'see those that there are: pxectl image list',
      problem === undefined
        ? `import it: pxectl image add FILE-OR-URL --name ${name}`
        : `import it again: pxectl image add FILE-OR-URL --name ${name} --replace`,
    ],
  })
}
