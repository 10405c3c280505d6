import {BaseCommand} from '../../src/cli/base-command.js'
import {renderImageTable} from '../../src/cli/image-text.js'
import {listImages} from '../../src/operations/list-images.js'

export default class ImageList extends BaseCommand {
  static override summary = 'list the images of the lab, and who boots them'
  static override examples = ['<%= config.bin %> image list', '<%= config.bin %> image list --json']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(ImageList)
    const answer = await listImages(await this.openLab(flags))
    this.print(renderImageTable(answer.images))
    this.warnings(answer.warnings)
    return answer
  }
}
