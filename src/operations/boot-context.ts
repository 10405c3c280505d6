// What the boot renderers need to know of a lab: the settings, and the images that lie in the TFTP root.
import {join} from 'node:path'
import {findLinuxImage, type ImageFiles} from '../boot/image-files.js'
import type {BootContext, BootHost} from '../boot/menu.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {findBytes, listFolder} from '../system/files.js'

/** The folder below the TFTP root that holds one folder per image. */
export const IMAGES_FOLDER = 'images'

export async function readBootContext(lab: Lab): Promise<BootContext> {
  const {lab: place, network, serve, boot} = lab.settings
  return {
    server: requireSetting(network.server, 'network.server'),
    httpPort: serve.httpPort,
    tftpRoot: place.tftpRoot,
    timeoutSeconds: boot.timeoutSeconds,
    console: boot.console,
    default: boot.default,
    images: await readImages(place.tftpRoot),
  }
}

/** Every image of the lab by name: a folder with a kernel, initrds and, optionally, `args`. */
export async function readImages(tftpRoot: string): Promise<Map<string, ImageFiles>> {
  const images = new Map<string, ImageFiles>()
  for (const name of await listFolder(join(tftpRoot, IMAGES_FOLDER))) {
    const folder = `${IMAGES_FOLDER}/${name}`
    const image = findLinuxImage(folder, await listFolder(join(tftpRoot, folder)).catch(() => []))
    if (image === undefined) continue
    const args = (await findBytes(join(tftpRoot, folder, 'args')))?.toString('utf8').trim()
    images.set(name, args === undefined || args === '' ? image : {...image, args})
  }
  return images
}

export function bootHostOf(host: Host): BootHost {
  const {name, mac, ip, root, image, bootArgs, firmware} = host
  return {name, mac, ip, root, image, bootArgs, firmware}
}
