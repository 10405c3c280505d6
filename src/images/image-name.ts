// The name of an image: a folder below images/, a word in menus, a part of URLs and of kernel arguments.
import {PxectlError} from '../errors.js'

/** Loaders and kernels take such a name as it is, without any quoting. A leading dot is for folders in the making. */
const NAME = /^\w[\w.+-]{0,63}$/

/** `boot.default = local` is the local disk. */
const RESERVED = ['local']

/** Can a folder of this name be an image? */
export function isImageName(text: string): boolean {
  return NAME.test(text) && !RESERVED.includes(text.toLowerCase())
}

/** Throws IMAGE_NAME_INVALID, which says what a name may be. */
export function parseImageName(text: string): string {
  if (isImageName(text)) return text
  const problem = RESERVED.includes(text.toLowerCase())
    ? 'that stands for the local disk'
    : 'use letters, digits, dots, hyphens, plus signs and underscores, at most 64, and none but a letter, digit or underscore first'
  throw new PxectlError(`"${text}" cannot be the name of an image: ${problem}`, {
    code: 'IMAGE_NAME_INVALID',
    kind: 'usage',
    details: {image: text},
    suggestions: ['see those that there are: pxectl image list', 'let pxectl choose: leave --name out'],
  })
}

/** The nearest name to a text that came with the image: `ESXi 7.0 U3` gives `esxi-7.0-u3`. */
export function imageNameOf(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^\w.+-]+/g, '-')
    .replace(/^[^a-z0-9]+|[-.+_]+$/g, '')
    .slice(0, 64)
  return isImageName(plain) ? plain : `image-${plain}`.slice(0, 64).replace(/[-.+]+$/, '')
}
