import {randomInt} from 'node:crypto'
import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {createFlags, newRoot} from '../../src/cli/fs-flags.js'
import {renderCreated} from '../../src/cli/fs-text.js'
import {interruptible} from '../../src/cli/interruptible.js'
import {withSteps} from '../../src/cli/step-list.js'
import {createRoot} from '../../src/operations/create-root.js'

export default class FsCreate extends BaseCommand {
  static override summary = 'make a PXE filesystem: the root of machines without a disk'
  static override description =
    'A Debian or Ubuntu is installed into it with mmdebstrap (or debootstrap), as root or, with the styles squashfs and ramdisk, as an\n' +
    'ordinary user. Kernel and initrd are put below the TFTP root. It appears when it is complete, or not at all.\n' +
    'The first one of a suite and its packages makes a template, of which later ones are copies.'
  static override examples = [
    '<%= config.bin %> fs create root_demo --suite bookworm --style squashfs',
    '<%= config.bin %> fs create root_lab --style nfs-overlay --packages vim,tcpdump --user lab --password-file secret',
    '<%= config.bin %> fs create root_tk2 --style ramdisk --ssh-key ~/.ssh/id_ed25519.pub --hook hooks/ --size-limit 1G',
    '<%= config.bin %> fs create root_demo --suite trixie --mirror http://deb.example/debian --dry-run --verbose',
  ]
  static override args = {name: Args.string({description: 'its name: a folder in fs.directory and below the TFTP root', required: true})}
  static override flags = {...changeFlags, ...createFlags}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(FsCreate)
    const wanted = await newRoot(args.name, flags)
    const lab = await this.openLab(flags)
    const made = await interruptible((signal) =>
      withSteps(`make ${args.name}`, {quiet: this.jsonEnabled() || flags['dry-run']}, (report) =>
        createRoot(lab, wanted, {
          dryRun: flags['dry-run'],
          resume: flags.resume,
          signal,
          ...report,
          now: () => new Date(),
          random: randomInt,
        }),
      ),
    )
    this.warnings(made.warnings)
    this.print(renderCreated(made, flags.verbose))
    return made
  }
}
