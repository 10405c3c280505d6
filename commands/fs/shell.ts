import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {shellRoot} from '../../src/operations/shell-root.js'

export default class FsShell extends BaseCommand {
  static override summary = 'open a shell inside a PXE filesystem, or run a command there'
  static override description =
    'A tree (styles nfs and nfs-overlay) is entered itself. A squashfs is unpacked, and packed anew when the shell ends with status 0;\n' +
    '`exit 1` leaves the root as it was. Mounts and processes are gone when the shell ends. The exit status is that of the shell.'
  static override examples = [
    '<%= config.bin %> fs shell root_demo',
    '<%= config.bin %> fs shell root_demo apt-get update',
    "<%= config.bin %> fs shell root_demo -- sh -c 'echo hello >/etc/motd'",
  ]
  static override args = {
    name: Args.string({description: 'the PXE filesystem, by name', required: true}),
    command: Args.string({description: 'a command and its arguments; without it a login shell'}),
  }
  static override strict = false

  async run(): Promise<unknown> {
    const {args, argv, flags} = await this.parse(FsShell)
    const lab = await this.openLab(flags)
    const command = (argv as string[]).slice(1)
    const quiet = this.jsonEnabled()
    const answer = await shellRoot(lab, args.name, {command, onProgress: (step) => void (quiet || this.note(`${args.name}: ${step}`))})
    this.warnings(answer.warnings)
    process.exitCode = answer.exitCode
    return answer
  }
}
