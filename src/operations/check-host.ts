// What a host of this lab may not be, and what it may be but will not boot with.
import {type BootContext, hostMenu} from '../boot/menu.js'
import {hostBootFiles} from '../boot/host-files.js'
import {imageNotFound} from '../boot/image-missing.js'
import {PxectlError} from '../errors.js'
import type {Host} from '../hosts/host.js'
import {parseImageName} from '../images/image-name.js'
import type {Lab} from '../lab/open-lab.js'
import {hostIpProblem, renderSubnet} from '../net/ipv4.js'
import {bootHostOf} from './boot-context.js'
import {checkRoot} from './check-root.js'

/** Throws where the host cannot be in this lab; gives warnings where it can, but something is missing for it to boot. */
export async function checkHost(lab: Lab, host: Host, context: BootContext): Promise<string[]> {
  checkAddress(lab, host)
  checkName(host)
  checkBootArgs(host, context)
  return checkBootSource(lab, host, context)
}

/** `pxectl menu show default` is the menu of unknown clients. */
function checkName(host: Host): void {
  if (host.name.toLowerCase() !== 'default') return
  throw new PxectlError(`a host cannot be named ${host.name}: that stands for clients that are not in the host database`, {
    code: 'NAME_RESERVED',
    kind: 'usage',
    details: {name: host.name},
    suggestions: ['choose another name'],
  })
}

/** Arguments that no menu can hold are refused at once, not when the host is given something to boot. */
function checkBootArgs(host: Host, context: BootContext): void {
  if (host.bootArgs !== undefined) hostBootFiles(bootHostOf({...host, image: undefined, root: 'root'}), context)
}

function checkAddress(lab: Lab, host: Host): void {
  const {subnet, server, gateway} = lab.settings.network
  const problem =
    (subnet === undefined ? undefined : hostIpProblem(subnet, host.ip)) ??
    (host.ip === server ? 'it is the address of this server (network.server)' : undefined) ??
    (host.ip === gateway ? 'it is the address of the router (network.gateway)' : undefined)
  if (problem === undefined) return
  throw new PxectlError(`the host ${host.name} cannot have the address ${host.ip}: ${problem}`, {
    code: 'IP_UNUSABLE',
    kind: 'usage',
    details: {name: host.name, ip: host.ip},
    suggestions: [
      ...(subnet === undefined ? [] : [`use another address of ${renderSubnet(subnet)}`]),
      'let pxectl choose: leave --ip out',
      'see a free one: pxectl host free',
    ],
  })
}

async function checkBootSource(lab: Lab, host: Host, context: BootContext): Promise<string[]> {
  if (host.root !== undefined && host.image !== undefined) {
    throw new PxectlError(`the host ${host.name} cannot boot both the image ${host.image} and the root ${host.root}`, {
      code: 'BOOT_SOURCE_AMBIGUOUS',
      kind: 'usage',
      suggestions: ['give --image or --root, not both'],
    })
  }
  if (host.image !== undefined) parseImageName(host.image)
  if (host.image !== undefined && !context.images.has(host.image)) {
    throw imageNotFound(host.image, context.images.keys(), context.imageProblems?.get(host.image))
  }
  return host.root === undefined ? firmwareWarnings(host, context) : checkRoot(lab, {...host, root: host.root}, context)
}

/** Its menu would only say that it cannot start here. */
function firmwareWarnings(host: Host, context: BootContext): string[] {
  const menu = hostMenu(bootHostOf(host), context)
  const needed = menu.entries.find(({label}) => label === menu.default)?.firmware
  if (needed === undefined || host.firmware === undefined || needed === host.firmware) return []
  const [is, wants] = needed === 'bios' ? ['UEFI', 'a BIOS'] : ['a BIOS', 'UEFI']
  return [`${host.name} cannot boot yet: it is a machine with ${is}, and ${host.image ?? context.default} starts on ${wants} alone`]
}
