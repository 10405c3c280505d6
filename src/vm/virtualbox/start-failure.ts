// Why a machine of VirtualBox did not start, as far as VBoxManage keeps it for itself.
import {PxectlError} from '../../errors.js'
import {renderCommandLine, type CommandLine} from '../../system/exec.js'
import type {VboxProblem} from '../../vboxmanage/answer.js'
import type {HypervisorDoors} from '../doors.js'
import {commandFailed} from '../steps.js'

const DEVICE = '/dev/vboxdrv'

/** What people are told where the kernel module is not loaded; undefined where it is, or where that cannot be seen. */
export async function moduleNote({platform, files}: Pick<HypervisorDoors, 'platform' | 'files'>): Promise<string | undefined> {
  if (platform !== 'linux' || (await files.exists(DEVICE))) return undefined
  return `VirtualBox's kernel module is not loaded (no ${DEVICE}): VMs can be made, and not started`
}

/**
 * Without its kernel module VirtualBox says only that the machine "has terminated unexpectedly during startup with exit code 1"; and
 * that a file is not found, where the program for the window is not installed.
 */
export async function startFailed(
  command: CommandLine,
  problem: VboxProblem,
  doors: Pick<HypervisorDoors, 'platform' | 'files'>,
): Promise<PxectlError> {
  const note = await moduleNote(doors)
  if (note !== undefined && /terminated unexpectedly|Kernel driver|VERR_SUP_DRIVERLESS|VERR_VM_DRIVER/.test(problem.message)) {
    return new PxectlError(`${note}; VBoxManage says: ${problem.message}`, {
      code: 'HYPERVISOR_MODULE_MISSING',
      kind: 'environment',
      details: {command: renderCommandLine(command), device: DEVICE},
      suggestions: [
        'load it, as root: modprobe vboxdrv',
        'or build it first: apt-get install virtualbox-dkms linux-headers-amd64 (Debian), /sbin/vboxconfig (package from virtualbox.org)',
        'or use another hypervisor: pxectl vm create … --hypervisor qemu',
      ],
    })
  }
  if (command.args.includes('gui') && problem.message.includes('VERR_FILE_NOT_FOUND')) {
    return new PxectlError(`VirtualBox's window is not installed here; VBoxManage says: ${problem.message}`, {
      code: 'HYPERVISOR_FAILED',
      kind: 'external',
      details: {command: renderCommandLine(command)},
      suggestions: ['start it without a window: --headless', 'or install the window: apt-get install virtualbox-qt'],
    })
  }
  return commandFailed(command, problem.message)
}
