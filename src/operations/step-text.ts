// Steps in words, for the faces.
import {type BootStep, stepWords} from '../timeline/boot-event.js'

export {bootSteps} from '../timeline/boot-event.js'

export function stepText(step: BootStep): string {
  return stepWords[step]
}
