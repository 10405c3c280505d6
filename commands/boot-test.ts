import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {renderBootStep, renderBootVerdict, renderVmTest} from '../src/cli/boot-test-text.js'
import {withProgress} from '../src/cli/progress.js'
import type {Lab} from '../src/lab/open-lab.js'
import {testFirmwares, type BootTestResult, type TestFirmware} from '../src/operations/boot-test.js'
import type {VmBootTest} from '../src/operations/boot-test-vm.js'
import {bootTestLab, bootTestLabInVm} from '../src/operations/boot-test-lab.js'

type TestFlags = {readonly firmware?: TestFirmware | undefined; readonly timeout?: number | undefined; readonly expect?: string | undefined}

export default class BootTest extends BaseCommand {
  static override summary = "play a host's firmware against the running lab, step by step"
  static override description =
    'Real packets: DHCP, the loader by TFTP, the files that this loader looks for, kernel and initrd. At the first failure it\n' +
    'says what is missing and the command that mends it. Exit status 0 only if the host would boot.'
  static override examples = [
    '<%= config.bin %> boot-test tk2',
    '<%= config.bin %> boot-test tk2 --firmware uefi --json',
    '<%= config.bin %> boot-test tk2 --vm',
  ]
  static override args = {host: Args.string({description: 'the host, by name', required: true})}
  static override flags = {
    firmware: Flags.option({options: testFirmwares, description: "whose way to boot is played (default: the host's, else bios)"})(),
    timeout: Flags.integer({
      description: 'seconds to wait for each answer (default 5), or, with --vm, for the whole boot (default 180)',
      min: 1,
      max: 3600,
    }),
    vm: Flags.boolean({
      description: 'boot real firmware in QEMU instead, on a private network with the built-in DHCP server',
      default: false,
    }),
    expect: Flags.string({description: 'with --vm: a text that the booted system prints on its serial line', dependsOn: ['vm']}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(BootTest)
    const lab = await this.openLab(flags)
    const result = flags.vm ? await this.testInVm(lab, args.host, flags) : await this.play(lab, args.host, flags)
    if (!result.ok) this.setExitStatus('external')
    return result
  }

  private async play(lab: Lab, host: string, flags: TestFlags): Promise<BootTestResult> {
    const result = await bootTestLab(lab, host, {
      ...(flags.firmware === undefined ? {} : {firmware: flags.firmware}),
      timeoutMs: (flags.timeout ?? 5) * 1000,
      pxectl: ownWords(),
      onStep: (step) => this.print(renderBootStep(step)),
    })
    this.print(renderBootVerdict(result))
    return result
  }

  private async testInVm(lab: Lab, host: string, flags: TestFlags): Promise<VmBootTest> {
    const result = await withProgress(`boot ${host} in QEMU`, {quiet: this.jsonEnabled()}, (onProgress) =>
      bootTestLabInVm(lab, host, {
        firmware: flags.firmware?.startsWith('uefi') === true ? 'uefi' : 'bios',
        timeoutMs: (flags.timeout ?? 180) * 1000,
        pxectl: ownWords(),
        onProgress,
        ...(flags.expect === undefined ? {} : {expect: flags.expect}),
      }),
    )
    this.print(renderVmTest(result))
    return result
  }
}

/** The words that start this program. */
function ownWords(): {file: string; args: string[]} {
  return {file: process.execPath, args: process.argv.slice(1, 2)}
}
