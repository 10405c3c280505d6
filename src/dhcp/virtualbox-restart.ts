// Restarting a DHCP server of VirtualBox. It reads its configuration when it starts, and runs only while a machine of its network does.
import {PxectlError} from '../errors.js'
import {renderCommandLine, type CommandLine, type Exec} from '../system/exec.js'
import {findVboxProblem, type VboxProblem} from '../vboxmanage/answer.js'
import type {VBoxManage} from '../vboxmanage/program.js'
import {daemonProbe, pause, waitForDaemon, type DaemonProbe} from './daemon.js'
import {splitCommand} from './restart-command.js'

export type VirtualboxRestart = {
  readonly vbox: VBoxManage
  /** The setting dhcp.restart; without it VBoxManage does it. */
  readonly restart?: string | undefined
  /** Runs that command, which may start others; see system/exec-group.ts. */
  readonly restartExec: Exec
  /** Replaced in tests. */
  readonly probe?: (network: string) => DaemonProbe
  readonly sleep?: (milliseconds: number) => Promise<void>
}

/** The server of this network: VBoxSVC starts one process for each, with the name as a word of its own (--comment). Linux only. */
export function vboxProbe(network: string): DaemonProbe {
  return daemonProbe({name: 'VBoxNetDHCP', isMeant: async (args) => args.includes(network), portOf: () => undefined})
}

/** false: it did not run. Throws DHCPD_RESTART_FAILED where it does not come up again: VBoxManage says "done" all the same. */
export async function restartVirtualbox(network: string, parts: VirtualboxRestart): Promise<boolean> {
  const {probe = vboxProbe, sleep = pause} = parts
  const ran = (await probe(network)()).length > 0
  const {command, problem} = await run(network, parts)
  if (problem !== undefined && parts.restart === undefined && /^not running$/m.test(problem.message)) return false
  if (problem !== undefined) throw failed(`restarting VirtualBox's DHCP server failed: ${problem.message}`, command)
  if (ran && (await waitForDaemon(probe(network), sleep)).length === 0) {
    throw failed(`VirtualBox's DHCP server of ${network} ran before, and does not run after its restart`, command)
  }
  return true
}

async function run(
  network: string,
  {vbox, restart, restartExec}: VirtualboxRestart,
): Promise<{command: CommandLine; problem: VboxProblem | undefined}> {
  if (restart !== undefined) {
    const command = splitCommand(restart)
    return {command, problem: findVboxProblem(await restartExec(command))}
  }
  const args = ['dhcpserver', 'restart', `--network=${network}`]
  const {problem} = await vbox.run(args)
  return {command: await vbox.command(args), problem}
}

function failed(message: string, line: CommandLine): PxectlError {
  return new PxectlError(message, {
    code: 'DHCPD_RESTART_FAILED',
    kind: 'external',
    details: {command: renderCommandLine(line)},
    suggestions: ["look at the server's log, a file ending in -Dhcpd.log in VirtualBox's own folder (~/.config/VirtualBox)"],
  })
}
