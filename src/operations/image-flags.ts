// Flags that mean something for some types of images only: given for another, they are a mistake that would go unnoticed.
import {PxectlError} from '../errors.js'
import type {ImagePlan} from '../images/plan.js'

export type FlagsForTypes = {
  /** Those given that only SmartOS knows, as the user would name them. */
  readonly smartos: readonly string[]
  readonly kickstart: boolean
  readonly bootArgs: boolean
}

/** Throws IMAGE_FLAG_UNFIT. */
export function checkUnfit({type, title}: ImagePlan, flags: FlagsForTypes): void {
  const refuse = (what: string, advice: string): never => {
    throw new PxectlError(`${what} means nothing for ${title} (${type}); nothing was imported`, {
      code: 'IMAGE_FLAG_UNFIT',
      kind: 'usage',
      details: {type, flag: what},
      suggestions: [advice],
    })
  }
  const [foreign] = flags.smartos
  if (type !== 'smartos' && foreign !== undefined) refuse(foreign, 'leave it out: it is for SmartOS')
  if (flags.kickstart && type !== 'esxi' && type !== 'linux') refuse('--kickstart', 'leave it out: it is for installers')
  if (flags.bootArgs && type === 'smartos')
    refuse('--boot-args', 'use --smartos-property NAME=VALUE, --noimport, --kmdb or --kernel-verbose')
  if (flags.bootArgs && (type === 'iso' || type === 'esx3i')) refuse('--boot-args', 'leave it out: what boots takes no arguments')
}
