// Restarts the DHCP server, but never with a configuration that is known to be bad.
import type {Lab} from '../lab/open-lab.js'
import {PxectlError} from '../errors.js'
import {checkDhcp} from './check-dhcp.js'
import {getDhcpServer} from './dhcp-desired.js'

export async function restartDhcp(
  lab: Lab,
  options: {onProgress?: (step: string) => void},
): Promise<{restarted: boolean; warnings: readonly string[]}> {
  const server = await getDhcpServer(lab)
  options.onProgress?.('testing the configuration')
  const refused = (await checkDhcp(lab, {resolve: false})).findings.find(({code}) => code === REFUSED || UNREADABLE.includes(code))
  if (refused !== undefined) {
    throw new PxectlError(`${refused.message}; the DHCP server was not restarted and keeps running as it is`, {
      code: refused.code,
      kind: refused.code === REFUSED ? 'external' : 'invalidData',
      details: {file: refused.file, line: refused.line},
      suggestions: ['see all problems: pxectl dhcp check'],
    })
  }
  if (!lab.restartsDhcp) return {restarted: false, warnings: ['the setting dhcp.restart is none: restart the server yourself']}
  options.onProgress?.('restarting')
  return server.restart()
}

/** The code of the finding that the server's own test fails. */
const REFUSED = 'DHCPD_REFUSED'

/** Those of a configuration that cannot be read whole: dhcpd would end with it, or crash. */
const UNREADABLE: readonly string[] = ['DHCPD_CONF_MISSING', 'DHCPD_CONF_NOT_FILE', 'DHCPD_INCLUDE_MISSING', 'DHCPD_INCLUDE_LOOP']
