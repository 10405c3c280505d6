// Do the servers of the lab answer, and if not, what keeps them from it: nobody started them, a port is somebody else's, or needs root?
import {messageOf} from '../errors.js'
import {fetchHttp} from '../http/client.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {listTcpListeners, listUdpHolders, type PortHolder} from '../system/port-holders.js'
import {isRoot} from '../system/privileges.js'
import {fetchTftp} from '../tftp/client.js'
import type {Finding} from './check-dhcp.js'
import type {Examined} from './examined.js'

export type ServiceOptions = {
  /** Replaced in tests. */
  readonly isRoot?: boolean
  /** How long a server may take to answer, in milliseconds. */
  readonly timeoutMs: number
}

/** The first script of every iPXE: each lab has it. */
const PROBE = 'boot.ipxe'

/** The client asks five times and waits twice as long each time: 1 + 2 + 4 + 8 + 16. */
const TFTP_PATIENCE = 31

/** Below, only root may listen (Linux: unless capabilities or a sysctl say otherwise). */
const FIRST_FREE_PORT = 1024

export async function examineServers({settings}: Lab, options: ServiceOptions): Promise<Omit<Examined, 'part'>> {
  const server = requireSetting(settings.network.server, 'network.server')
  const {tftpPort, httpPort} = settings.serve
  const [tftp, http] = await Promise.all([
    fetchTftp({server, port: tftpPort, name: PROBE, timeoutMs: Math.ceil(options.timeoutMs / TFTP_PATIENCE)}).then(
      () => undefined,
      messageOf,
    ),
    fetchHttp(`http://${server}:${httpPort}/${PROBE}`, {timeoutMs: options.timeoutMs}).then(
      ({status}) => (status === 200 ? undefined : `HTTP status ${status} for /${PROBE}`),
      messageOf,
    ),
  ])
  const findings = [
    ...(tftp === undefined ? [] : [silent('TFTP', tftpPort, tftp, await listUdpHolders(tftpPort), options)]),
    ...(http === undefined ? [] : [silent('HTTP', httpPort, http, await listTcpListeners(httpPort), options)]),
  ]
  return {detail: `tftp ${server}:${tftpPort}, http ${server}:${httpPort}`, findings}
}

/** The built-in DHCP server: it is not asked, because it would give an address away. */
export async function examineDhcpService({settings}: Lab, options: ServiceOptions): Promise<Omit<Examined, 'part'>> {
  const {dhcpPort} = settings.serve
  const holders = await listUdpHolders(dhcpPort)
  const detail = `built-in, port ${dhcpPort}`
  if (holders.some(({args}) => args.some((word) => word === 'serve' || word === 'demo'))) return {detail, findings: []}
  return {detail, findings: [silent('DHCP', dhcpPort, `nobody listens at UDP port ${dhcpPort}`, holders, options)]}
}

function silent(
  protocol: 'TFTP' | 'HTTP' | 'DHCP',
  port: number,
  problem: string,
  holders: readonly PortHolder[],
  {isRoot: asRoot = isRoot()}: ServiceOptions,
): Finding {
  const finding = (code: string, message: string, suggestion: string): Finding => ({severity: 'error', code, message, suggestion})
  const [other] = holders
  if (other !== undefined && !other.args.includes('serve')) {
    const message = `port ${port} (${protocol}) belongs to another program, ${other.program} (process ${other.pid})`
    return finding('PORT_TAKEN', message, `stop it, or choose another port: pxectl config set serve.${protocol.toLowerCase()}-port PORT`)
  }
  const start = protocol === 'DHCP' ? 'pxectl serve --dhcp full' : 'pxectl serve'
  return finding(
    'NOT_SERVING',
    `no ${protocol} server of this lab answers: ${problem}`,
    port < FIRST_FREE_PORT && !asRoot ? `sudo ${start}   # port ${port} needs root, or CAP_NET_BIND_SERVICE` : start,
  )
}
