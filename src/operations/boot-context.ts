// What the boot renderers need to know of a lab: the settings, its images, and the modules of PXELINUX in the TFTP root.
import type {BootContext, BootHost} from '../boot/menu.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {findPxelinuxUi} from './pxelinux-modules.js'
import {readImages} from './read-images.js'
import {readBootRoots} from './read-roots.js'
import {readTemplates} from './read-templates.js'

/** Templates that cannot be used are in it: rendering a menu of them throws, unless withoutBrokenTemplates took them out. */
export async function readBootContext(lab: Lab): Promise<BootContext> {
  const {lab: place, network, serve, boot, fs} = lab.settings
  const server = requireSetting(network.server, 'network.server')
  const {images, problems} = await readImages(place.tftpRoot)
  const {roots, problems: rootProblems} = await readBootRoots(fs.directory)
  const pxelinuxUi = await findPxelinuxUi(place.tftpRoot)
  return {
    server,
    httpPort: serve.httpPort,
    tftpRoot: place.tftpRoot,
    timeoutSeconds: boot.timeoutSeconds,
    console: boot.console,
    default: boot.default,
    images,
    imageProblems: problems,
    roots,
    rootProblems,
    templates: await readTemplates(lab),
    ...(fs.state === undefined ? {} : {stateFolder: fs.state}),
    ...(pxelinuxUi === undefined ? {} : {pxelinuxUi}),
  }
}

export function bootHostOf(host: Host): BootHost {
  const {name, mac, ip, root, image, bootArgs, firmware} = host
  return {name, mac, ip, root, image, bootArgs, firmware}
}
