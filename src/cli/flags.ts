// Flags that mean the same in every command that has them.
import {Flags} from '@oclif/core'

export const changeFlags = {
  'dry-run': Flags.boolean({description: 'show what would change, as a diff, and change nothing', default: false, helpGroup: 'GLOBAL'}),
  yes: Flags.boolean({char: 'y', description: 'answer yes to questions', default: false, helpGroup: 'GLOBAL'}),
}
