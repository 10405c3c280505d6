import {randomInt} from 'node:crypto'
import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {imageFlags, newImage} from '../../src/cli/image-flags.js'
import {renderAdded} from '../../src/cli/image-text.js'
import {interruptible} from '../../src/cli/interruptible.js'
import {withProgress} from '../../src/cli/progress.js'
import {addImage} from '../../src/operations/add-image.js'

export default class ImageAdd extends BaseCommand {
  static override summary = 'import an operating system from a file, a folder or an address'
  static override description =
    'What it is follows from its content: SmartOS platforms (tarball, ISO, USB image), ESXi ISOs and ESX 3i (install.tgz, disk image),\n' +
    'Linux media and netboot tarballs, a kernel with its initrds, Memtest86+, iPXE, EFI programs. Any other ISO is kept whole.\n' +
    'The image appears when it is complete, or not at all. With --dry-run an address is fetched all the same, to see what is in it.'
  static override examples = [
    '<%= config.bin %> image add platform-20140207T053435Z.tgz --default',
    '<%= config.bin %> image add https://lab.example/debian/netboot.tar.gz --checksum https://lab.example/debian/SHA256SUMS',
    '<%= config.bin %> image add vmlinuz --initrd initrd.img --name debian12 --boot-args "quiet"',
    '<%= config.bin %> image add VMware-ESXi.iso --kickstart http://192.168.56.1/ks.cfg',
  ]
  static override args = {source: Args.string({description: 'a file, a folder, or an http(s) address', required: true})}
  static override flags = {...changeFlags, ...imageFlags}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(ImageAdd)
    const wanted = await newImage(args.source, flags)
    const lab = await this.openLab(flags)
    const labOptions = this.labOptions(flags)
    const added = await interruptible((signal) =>
      withProgress(`add ${args.source}`, {quiet: this.jsonEnabled()}, (onProgress) =>
        addImage(lab, wanted, {dryRun: flags['dry-run'], signal, onProgress, now: () => new Date(), random: randomInt, labOptions}),
      ),
    )
    this.warnings(added.warnings)
    this.print(renderAdded(added))
    return added
  }
}
