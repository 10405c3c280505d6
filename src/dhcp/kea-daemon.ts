// Has kea-dhcp4 read its configuration anew, and looks whether it did. By `config-reload` over the control socket where the
// daemon answers there; else by the restart command. "Successful" is not taken for an answer: Kea 2.2 says that it is ready
// while it answers nobody, and a daemon may read another file than ours. So what it has is compared with the file.
import {messageOf, PxectlError} from '../errors.js'
import {renderCommandLine, type CommandLine, type Exec} from '../system/exec.js'
import {realPath} from '../system/files.js'
import {daemonProbe, type DaemonProbe, isSameConfig, optionOf, waitForDaemon} from './daemon.js'
import {findControlSocket, isUnreachable, type AskKea} from './kea-control.js'
import {dhcp4Value, readKeaConfiguration} from './kea-load.js'
import {keaWords} from './kea-test.js'
import {findDifference, recordOf, stateOf, type KeaRecord} from './kea-value.js'

export type KeaReload = {
  readonly config: string
  /** The control socket of the configuration that ran before. */
  readonly socket: string | undefined
  /** How to restart where the socket does not help. */
  readonly command: CommandLine | undefined
  /** The command was asked for (dhcp.restart): it comes before the socket. */
  readonly isCommandFirst: boolean
  readonly exec: Exec
  readonly ask: AskKea
  readonly probe: DaemonProbe
  readonly sleep: (milliseconds: number) => Promise<void>
}

const CHECKS = 100
const CHECK_EVERY_MS = 100

/** Throws DHCPD_RESTART_FAILED where the daemon does not run with the file afterwards. Gives warnings. */
export async function reloadKea(reload: KeaReload): Promise<string[]> {
  const dhcp4 = dhcp4Value(await readKeaConfiguration(reload.config))
  const {command} = reload
  // Why the socket was of no use; undefined: it was.
  const reason = reload.isCommandFirst && command !== undefined ? 'not asked' : await reloadBySocket(reload)
  const isReloaded = reason === undefined
  if (!isReloaded) {
    if (command === undefined) {
      throw failed(`${reason}, and no command that restarts Kea is known here`, '', [
        'start Kea: systemctl start kea-dhcp4-server',
        'or name the command: pxectl config set dhcp.restart "COMMAND"',
      ])
    }
    const finished = await reload.exec(command)
    if (finished.exitCode !== 0 || finished.timedOut) {
      const how = finished.timedOut ? 'did not finish' : `failed (exit status ${finished.exitCode})`
      throw failed(`restarting Kea ${how}: ${renderCommandLine(command)}`, keaWords(finished))
    }
  }
  const sockets = [...new Set([findControlSocket(dhcp4), isReloaded ? reload.socket : undefined])].flatMap((socket) => socket ?? [])
  return sockets.length === 0 ? checkProcess(reload) : checkAnswers(sockets, dhcp4, reload)
}

/** Why nobody can be asked at the socket; undefined where the daemon has reloaded. Throws where it did not want to. */
async function reloadBySocket({socket, ask}: KeaReload): Promise<string | undefined> {
  if (socket === undefined) return 'the configuration names no control socket'
  try {
    const {result, text} = await ask(socket, 'config-reload')
    if (result === 0) return undefined
    throw failed('Kea did not take the configuration', text)
  } catch (error) {
    if (isUnreachable(error)) return `nobody answers (${messageOf(error)})`
    if (error instanceof PxectlError && error.code === 'SOCKET_FAILED')
      throw failed(`Kea did not answer when it was told to reload: ${error.message}`, '')
    throw error
  }
}

/** Waits until the daemon answers with what the file says; twice, because one that dies does so a moment later. */
async function checkAnswers(sockets: readonly string[], dhcp4: KeaRecord, {ask, sleep}: KeaReload): Promise<string[]> {
  const wanted = stateOf(dhcp4)
  let problem = ''
  let good = 0
  let silences = 0
  for (let check = 0; check < CHECKS && silences < 2; check++) {
    if (check > 0) await sleep(CHECK_EVERY_MS)
    try {
      const {dhcp4: running, warnings} = await lookAt(sockets, ask)
      const difference = findDifference(wanted, stateOf(running))
      if (difference === undefined && ++good === 2) return warnings
      problem = difference === undefined ? '' : `its configuration is not that of the file: ${difference}`
      if (difference !== undefined && check >= CHECKS / 2) break
    } catch (error) {
      // One that takes the question and does not answer has cost a minute; one that is not there yet may come.
      if (!isUnreachable(error)) silences++
      problem = messageOf(error)
    }
    if (problem !== '') good = 0
  }
  throw failed('Kea does not run with the new configuration', problem, ['does it read this file? ps -o args -C kea-dhcp4'])
}

async function lookAt(sockets: readonly string[], ask: AskKea): Promise<{dhcp4: KeaRecord; warnings: string[]}> {
  let first: unknown
  for (const socket of sockets) {
    try {
      const status = await ask(socket, 'status-get')
      const {result, text, arguments: got} = await ask(socket, 'config-get')
      const dhcp4 = recordOf(got['Dhcp4'])
      if (result !== 0 || dhcp4 === undefined) throw failed('Kea does not tell its configuration', text)
      const state = recordOf(status.arguments['sockets'])?.['status']
      const warnings =
        state === undefined || state === 'ready' ? [] : [`Kea says that its DHCP sockets are ${String(state)}: look at its interfaces`]
      return {dhcp4, warnings}
    } catch (error) {
      first ??= error
    }
  }
  throw first
}

/** Without a control socket there is only the process to look at. */
async function checkProcess({probe, sleep}: KeaReload): Promise<string[]> {
  if ((await waitForDaemon(probe, sleep)).length === 0) throw failed('the restart succeeded, but kea-dhcp4 is not running', '')
  return ['the configuration of Kea names no control socket, so it was only looked whether kea-dhcp4 runs, not whether it took the change']
}

/** kea-dhcp4 processes that read this file. Whether they hold port 67 is not looked at: Kea has raw sockets as well. */
export function keaProbe(config: string): DaemonProbe {
  return daemonProbe({
    name: 'kea-dhcp4',
    isMeant: async (args, isHere) => {
      const given = optionOf(args, '-c')
      return given !== undefined && isSameConfig(given, await realPath(config).catch(() => config), isHere)
    },
    portOf: () => undefined,
  })
}

function failed(what: string, said: string, suggestions: readonly string[] = []): PxectlError {
  return new PxectlError(`${what}${said === '' ? '' : `\n${said}`}`, {
    code: 'DHCPD_RESTART_FAILED',
    kind: 'external',
    details: {output: said},
    suggestions: [...suggestions, 'look at its log: journalctl -u kea-dhcp4-server -n 20'],
  })
}
