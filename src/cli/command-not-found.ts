// What happens on a mistyped command: the nearest real one is named, exit status 2 (usage).
import type {Hook} from '@oclif/core'
import {PxectlError} from '../errors.js'
import {findNearest} from '../net/nearest.js'
import {writeError} from './error-report.js'

const hook: Hook<'command_not_found'> = async ({id, argv, config}) => {
  const names = config.commands.filter((command) => !command.hidden).flatMap((command) => [command.id, ...command.aliases])
  const typed = id.replaceAll(':', ' ')
  const nearest = findNearest(typed, new Set(names.map((name) => name.replaceAll(':', ' '))))
  const error = new PxectlError(`there is no command "${typed}"`, {
    code: 'COMMAND_UNKNOWN',
    kind: 'usage',
    details: {command: typed},
    suggestions: [...(nearest === undefined ? [] : [`did you mean pxectl ${nearest}?`]), 'see all commands: pxectl help'],
  })
  writeError(error, {json: (argv ?? []).includes('--json') || process.argv.includes('--json'), verbose: false})
}

export default hook
