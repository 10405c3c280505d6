import {randomBytes} from 'node:crypto'
import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {readSecret} from '../../src/cli/prompts.js'
import {removeWebAccess, setWebPassword} from '../../src/operations/web-access.js'

export default class WebPassword extends BaseCommand {
  static override summary = 'set the password of the web page'
  static override description =
    'Asks for it, or takes the first line of stdin where that is no terminal; never from the command line, where others could\n' +
    'read it. pxectl.ini gets its hash. A running pxectl serve heeds it at once, and who was logged in must log in again.'
  static override examples = [
    '<%= config.bin %> web password',
    'pass show lab | <%= config.bin %> web password',
    '<%= config.bin %> web password --remove',
  ]
  static override flags = {
    ...changeFlags,
    remove: Flags.boolean({description: 'take the password away', default: false}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(WebPassword)
    const [lab, dryRun] = [this.labOptions(flags), flags['dry-run']]
    const answer = flags.remove
      ? await removeWebAccess(lab, 'password', dryRun)
      : await setWebPassword(lab, await readSecret('password of the web page'), {dryRun, random: randomBytes})
    const [done, would] = flags.remove ? ['removed', 'remove'] : ['set', 'set']
    this.print(`${dryRun ? `would ${would}` : done} the password of the web page (serve.web-password in ${answer.configPath})`)
    return answer
  }
}
