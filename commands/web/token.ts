import {randomBytes} from 'node:crypto'
import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {makeWebToken, removeWebAccess} from '../../src/operations/web-access.js'

export default class WebToken extends BaseCommand {
  static override summary = "make a token for scripts that use the web page's API, and print it once"
  static override description =
    'A script sends it as "Authorization: Bearer TOKEN". pxectl.ini gets its hash; the token before it is valid no more.'
  static override examples = ['<%= config.bin %> web token > ~/.pxectl-token', '<%= config.bin %> web token --remove']
  static override flags = {
    ...changeFlags,
    remove: Flags.boolean({description: 'take the token away', default: false}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(WebToken)
    const [lab, dryRun] = [this.labOptions(flags), flags['dry-run']]
    if (flags.remove) {
      const answer = await removeWebAccess(lab, 'token', dryRun)
      this.print(`${dryRun ? 'would remove' : 'removed'} the token of the API (serve.web-token in ${answer.configPath})`)
      return answer
    }
    const answer = await makeWebToken(lab, {dryRun, random: randomBytes})
    this.print(answer.token ?? `would make a new token (serve.web-token in ${answer.configPath})`)
    return answer
  }
}
