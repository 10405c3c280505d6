import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderVerified} from '../../src/cli/image-text.js'
import {interruptible} from '../../src/cli/interruptible.js'
import {withProgress} from '../../src/cli/progress.js'
import {verifyImages} from '../../src/operations/verify-image.js'

export default class ImageVerify extends BaseCommand {
  static override summary = 'check that images are still what was imported, byte for byte'
  static override description =
    'Without a name, all of them. Files below overlay/ are your own. The exit status is 7 where anything differs.'
  static override examples = ['<%= config.bin %> image verify', '<%= config.bin %> image verify debian12 --json']
  static override strict = false
  static override args = {name: Args.string({description: 'the images, by name'})}

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(ImageVerify)
    const lab = await this.openLab(flags)
    const answer = await interruptible((signal) =>
      withProgress('verify', {quiet: this.jsonEnabled()}, (onProgress) => verifyImages(lab, argv as string[], {signal, onProgress})),
    )
    this.warnings(answer.warnings)
    this.print(renderVerified(answer.images))
    if (!answer.ok) this.setExitStatus('invalidData')
    return answer
  }
}
