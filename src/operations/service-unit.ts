// systemd units for a lab: `pxectl serve` as a service, and the sockets that systemd may bind for it. Text only; who installs
// them is the user.
import {dirname} from 'node:path'
import type {Settings} from '../lab/settings.js'
import {requireSetting} from '../lab/require-setting.js'
import {findStats} from '../system/files.js'
import {findUserName} from '../system/privileges.js'

type LabSettings = {readonly configPath: string; readonly settings: Settings}

export type ServiceUnitOptions = {
  readonly kind: 'service' | 'socket'
  /** What starts this program: node with its options, and the script. Absolute paths. */
  readonly program: readonly string[]
  /** The flags of `serve` that were given beside, e.g. ['--dhcp', 'full']. */
  readonly flags: readonly string[]
  /** Default: the owner of pxectl.ini. */
  readonly user?: string
  readonly dhcp: boolean
  readonly http: boolean
  readonly graceSeconds: number
}

/** A unit: where it belongs, its text, and what will not work as it is. */
export type ServiceUnit = {readonly path: string; readonly text: string; readonly warnings: readonly string[]}

/** The unit of this lab. Nothing is written. */
export async function makeServiceUnit(lab: LabSettings, options: ServiceUnitOptions): Promise<ServiceUnit> {
  if (options.kind === 'socket') return {path: unitPath('socket'), text: renderSocketUnit(lab, options), warnings: []}
  const owner = (await findStats(lab.configPath))?.uid
  const user = options.user ?? (owner === undefined ? undefined : await findUserName(owner)) ?? 'root'
  return {path: unitPath('service'), text: renderServiceUnit(lab, {...options, user}), warnings: closedToUser(lab, options.program, user)}
}

function unitPath(kind: ServiceUnitOptions['kind']): string {
  return `/etc/systemd/system/pxectl.${kind}`
}

/** The rest between SIGTERM and SIGKILL, once transfers had their time. */
const STOP_RESERVE_SECONDS = 5

function renderServiceUnit(lab: LabSettings, options: ServiceUnitOptions & {readonly user: string}): string {
  const {user, program, flags} = options
  const {database, tftpRoot} = lab.settings.lab
  const command = [...program, 'serve', '--config', lab.configPath, ...flags]
  const places = [...program.filter((word) => word.startsWith('/')), lab.configPath, database, tftpRoot]
  return render([
    header('service', lab),
    [
      '[Unit]',
      `Description=pxectl: TFTP, HTTP and DHCP of the lab ${escapeSpecifiers(lab.settings.lab.name)}`,
      '# The address of the lab must be there before it can be listened on.',
      'Wants=network-online.target',
      'After=network-online.target',
    ],
    [
      '[Service]',
      'Type=notify',
      '# systemd-notify, a program of its own, tells that the ports are bound.',
      'NotifyAccess=all',
      `ExecStart=${command.map(quoteWord).join(' ')}`,
      ...(user === 'root' ? [] : [`User=${user}`]),
      ...capabilities(lab, options),
      'Restart=on-failure',
      'RestartSec=2',
      '# Wrong flags, no lab, a broken file: starting again mends none of them.',
      'RestartPreventExitStatus=2 3 7',
      'KillMode=mixed',
      `TimeoutStopSec=${options.graceSeconds + STOP_RESERVE_SECONDS}`,
    ],
    hardening(places, [...new Set([dirname(lab.configPath), dirname(database), tftpRoot])]),
    ['[Install]', 'WantedBy=multi-user.target'],
  ])
}

/** Only what binding low ports needs. root without CAP_DAC_OVERRIDE could not read what other users own. */
function capabilities(lab: LabSettings, {user, dhcp, http}: ServiceUnitOptions & {readonly user: string}): string[] {
  const {tftpPort, httpPort, dhcpPort} = lab.settings.serve
  const ports = [tftpPort, ...(http ? [httpPort] : []), ...(dhcp ? [dhcpPort] : [])]
  const bind = ports.some((port) => port < 1024) ? ['CAP_NET_BIND_SERVICE'] : []
  const bounding = `CapabilityBoundingSet=${[...bind, ...(user === 'root' ? ['CAP_DAC_OVERRIDE'] : [])].join(' ')}`
  return user === 'root' || bind.length === 0 ? [bounding] : ['AmbientCapabilities=CAP_NET_BIND_SERVICE', bounding]
}

/** MemoryDenyWriteExecute is missing on purpose: Node compiles to memory. ProcSubset=pid would hide which sockets we were given. */
function hardening(places: readonly string[], writable: readonly string[]): string[] {
  const isBelow = (...folders: string[]): boolean => places.some((place) => folders.some((folder) => place.startsWith(`${folder}/`)))
  return [
    '# Everything is read-only but the lab.',
    'ProtectSystem=strict',
    `ReadWritePaths=${writable.map(quotePath).join(' ')}`,
    `ProtectHome=${isBelow('/home', '/root', '/run/user') ? 'read-only' : 'true'}`,
    ...(isBelow('/tmp', '/var/tmp') ? ['# The lab, or pxectl, lies in the folder that PrivateTmp=true would hide.'] : ['PrivateTmp=true']),
    'PrivateDevices=true',
    'NoNewPrivileges=true',
    'ProtectKernelTunables=true',
    'ProtectKernelModules=true',
    'ProtectKernelLogs=true',
    'ProtectControlGroups=true',
    'ProtectClock=true',
    'ProtectHostname=true',
    'ProtectProc=invisible',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX',
    'RestrictNamespaces=true',
    'RestrictRealtime=true',
    'RestrictSUIDSGID=true',
    'LockPersonality=true',
    'SystemCallArchitectures=native',
    '# An error, not a kill: V8 tries pkey_alloc, which is not in the list, and does without.',
    'SystemCallFilter=@system-service',
    'SystemCallErrorNumber=EPERM',
    'UMask=0022',
  ]
}

/** One unit for both: its one FileDescriptorName cannot tell them apart, their kinds do. */
function renderSocketUnit(lab: LabSettings, {http}: ServiceUnitOptions): string {
  const {network, serve} = lab.settings
  const address = serve.listen ?? requireSetting(network.server, 'network.server')
  return render([
    header('socket', lab),
    ['[Unit]', `Description=pxectl: sockets of the lab ${escapeSpecifiers(lab.settings.lab.name)}`],
    [
      '[Socket]',
      '# TFTP is the datagram socket, HTTP the stream socket. DHCP binds its own port.',
      `ListenDatagram=${address}:${serve.tftpPort}`,
      ...(http ? [`ListenStream=${address}:${serve.httpPort}`] : []),
      'FileDescriptorName=pxectl',
      '# Sockets are bound early, before the address need be there.',
      'FreeBind=true',
      '# Room for the requests of a lab that is switched on at once.',
      'ReceiveBuffer=4M',
      'Backlog=1024',
    ],
    ['[Install]', 'WantedBy=sockets.target'],
  ])
}

function header(kind: ServiceUnitOptions['kind'], lab: LabSettings): string[] {
  return [
    `# Made by: pxectl serve --print-unit ${kind} --config ${escapeLine(lab.configPath)}`,
    `# Install: as ${unitPath(kind)}, then: systemctl daemon-reload && systemctl enable --now pxectl.${kind}`,
  ]
}

function render(sections: readonly (readonly string[])[]): string {
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/** What lies in root's home is out of reach for anybody else. */
function closedToUser(lab: LabSettings, program: readonly string[], user: string): string[] {
  if (user === 'root') return []
  return [...program, lab.configPath, lab.settings.lab.tftpRoot]
    .filter((word) => word.startsWith('/root/'))
    .map((path) => `${user} cannot reach ${path}: it lies in root's home; put it elsewhere, or serve as root: --user root`)
}

/** A word of ExecStart=: quoted as systemd.syntax(7) and systemd.service(5) say, where `$` and `%` begin something. */
function quoteWord(word: string): string {
  return quotePath(word).replaceAll('$', '$$$$')
}

/** A word of a list of paths. */
function quotePath(path: string): string {
  const escaped = escapeSpecifiers(path)
  return /^[\w@+=:,./%$-]+$/.test(path)
    ? escaped
    : `"${escapeLine(escaped.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`))}"`
}

function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%')
}

function escapeLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
