import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderImage} from '../../src/cli/image-text.js'
import {showImage} from '../../src/operations/show-image.js'

export default class ImageShow extends BaseCommand {
  static override summary = 'show one image: where it came from, its files, and the menus that start it'
  static override examples = ['<%= config.bin %> image show debian12', '<%= config.bin %> image show smartos-20140207T053435Z --json']
  static override args = {name: Args.string({description: 'the image, by name', required: true})}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(ImageShow)
    const answer = await showImage(await this.openLab(flags), args.name)
    this.warnings(answer.warnings)
    this.print(renderImage(answer))
    return answer
  }
}
