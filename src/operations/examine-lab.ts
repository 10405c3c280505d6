// `pxectl doctor`: goes through everything that a host of this lab needs to boot, and says for each thing what is wrong and what mends it.
import {messageOf, PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {listInterfaceAddresses, type InterfaceAddress} from '../system/network.js'
import {checkDhcp, type CheckOptions, type Finding} from './check-dhcp.js'
import type {Examined} from './examined.js'
import {examineBootFiles} from './examine-boot-files.js'
import {examineDhcpService, examineServers, type ServiceOptions} from './examine-servers.js'
import {findServePlace} from './serve-place.js'

export type Examination = {
  /** There is no error: the lab can boot a host. Warnings and notes may be there. */
  readonly ok: boolean
  readonly parts: readonly Examined[]
}

export type ExamineOptions = Pick<CheckOptions, 'resolve' | 'wire'> &
  ServiceOptions & {
    /** Replaced in tests. */
    readonly here?: readonly InterfaceAddress[]
    readonly onProgress?: (part: Examined['part']) => void
  }

/** Changes nothing. Never throws for something that is wrong with the lab; that is a finding. */
export async function examineLab(lab: Lab, options: ExamineOptions): Promise<Examination> {
  const here = options.here ?? listInterfaceAddresses()
  const parts: Examined[] = []
  const examine = async (part: Examined['part'], look: () => Promise<Omit<Examined, 'part'>>): Promise<void> => {
    options.onProgress?.(part)
    parts.push({part, ...(await look().catch((error: unknown) => ({detail: '', findings: [findingOf(error)]})))})
  }
  await examine('network', async () => examineNetwork(lab, here))
  for (const [part, look] of examineBootFiles(lab)) await examine(part, look)
  await examine('servers', () => examineServers(lab, options))
  await examine('dhcp', () => examineDhcp(lab, options))
  return {ok: parts.every(({findings}) => findings.every(({severity}) => severity !== 'error')), parts}
}

/** What stands in the way, as a finding. Errors of ours say what to do; others are bugs, and stay errors. */
function findingOf(error: unknown): Finding {
  if (!(error instanceof PxectlError)) throw error
  const [suggestion] = error.suggestions
  return {severity: 'error', code: error.code, message: messageOf(error), ...(suggestion === undefined ? {} : {suggestion})}
}

function examineNetwork({settings}: Lab, here: readonly InterfaceAddress[]): Omit<Examined, 'part'> {
  const place = findServePlace(settings, here)
  if (place === undefined) {
    const message = 'neither network.server nor network.interface is set: clients cannot be told where this server is'
    return {
      detail: '',
      findings: [{severity: 'error', code: 'SETTING_MISSING', message, suggestion: 'pxectl config set network.interface NAME'}],
    }
  }
  const detail = `${place.address}${place.interface === undefined ? '' : ` on ${place.interface}`}`
  if (here.some(({address}) => address === place.address)) return {detail, findings: []}
  // A bridge to which no machine is attached yet has no link, and Node does not list it. Whether the servers answer tells the rest.
  const message = `no interface of this machine that has a link has the address ${place.address} (network.server)`
  const suggestion = 'see the addresses of this machine: ip -br address; then pxectl config set network.server ADDRESS'
  return {detail, findings: [{severity: 'warning', code: 'ADDRESS_NOT_LOCAL', message, suggestion}]}
}

async function examineDhcp(lab: Lab, options: ExamineOptions): Promise<Omit<Examined, 'part'>> {
  const {backend} = lab.settings.dhcp
  if (backend === 'none') {
    const message = 'somebody else looks after DHCP (dhcp.backend = none), so it was not checked'
    const suggestion = 'what to tell that server: pxectl dhcp show --for router; whether a host would boot: pxectl boot-test HOST'
    return {detail: 'somebody else', findings: [{severity: 'note', code: 'DHCP_NOT_CHECKED', message, suggestion}]}
  }
  if (backend === 'builtin') return examineDhcpService(lab, options)
  const {findings} = await checkDhcp(lab, {...options, wire: options.wire === true})
  return {detail: backend, findings}
}
