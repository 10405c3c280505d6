// The files that a booting host asks for: the TFTP root, the loaders, the images, the roots, and what each host is to boot.
import {join} from 'node:path'
import type {ImageBoot} from '../boot/image.js'
import {filenameFor} from '../boot/firmware.js'
import {PxectlError} from '../errors.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {fileExists, isWritable} from '../system/files.js'
import {findClosedFolder} from '../system/privileges.js'
import {readBootContext} from './boot-context.js'
import {filenameSettings} from './boot-options.js'
import type {Finding} from './check-dhcp.js'
import {checkHost} from './check-host.js'
import type {Examined} from './examined.js'
import {examineRoots} from './examine-roots.js'
import {listLoaders} from './list-loaders.js'
import {readImages} from './read-images.js'

/** More hosts with trouble than this are counted, not listed. */
const MOST_HOSTS = 20

type Look = () => Promise<Omit<Examined, 'part'>>

/** Each part with the way to look at it. */
export function examineBootFiles(lab: Lab): readonly (readonly [Examined['part'], Look])[] {
  const {tftpRoot} = lab.settings.lab
  return [
    ['files', () => examineRoot(tftpRoot)],
    ['loaders', () => examineLoaders(lab)],
    ['images', () => examineImages(lab)],
    ['roots', () => examineRoots(lab)],
    ['hosts', () => examineHosts(lab)],
  ]
}

async function examineRoot(tftpRoot: string): Promise<Omit<Examined, 'part'>> {
  const findings: Finding[] = []
  if (!(await fileExists(tftpRoot))) {
    findings.push({
      severity: 'error',
      code: 'TFTP_ROOT_MISSING',
      message: `there is no TFTP root ${tftpRoot}`,
      suggestion: `mkdir -p ${tftpRoot}, or pxectl config set lab.tftp-root FOLDER`,
    })
    return {detail: tftpRoot, findings}
  }
  const closed = await findClosedFolder(tftpRoot)
  if (closed !== undefined) {
    findings.push({
      severity: 'error',
      code: 'TFTP_ROOT_CLOSED',
      message: `this user may not enter ${closed}, and so cannot serve what is below`,
      suggestion: `chmod a+rx ${closed}`,
    })
  } else if (!(await isWritable(tftpRoot))) {
    findings.push({
      severity: 'warning',
      code: 'TFTP_ROOT_READ_ONLY',
      message: `this user may not write to ${tftpRoot}: hosts cannot be added`,
      suggestion: `as its owner: see ls -ld ${tftpRoot}`,
    })
  }
  return {detail: tftpRoot, findings}
}

/** RFC 4578: BIOS and x64 UEFI, as machines of today have them. */
const FIRMWARE = [
  {name: 'BIOS', architecture: 0, firmware: 'bios'},
  {name: 'x64 UEFI', architecture: 7, firmware: 'uefi'},
] as const

async function examineLoaders(lab: Lab): Promise<Omit<Examined, 'part'>> {
  const {settings, store} = lab
  const wanted = new Set((await store.list()).map((host) => host.firmware))
  const present: string[] = []
  const missing: Finding[] = []
  for (const {name, architecture, firmware} of FIRMWARE) {
    const file = filenameFor({architecture, isIpxe: false, isHttpClient: false}, filenameSettings(settings))
    if (file === undefined) continue
    if (await fileExists(join(settings.lab.tftpRoot, file))) present.push(file)
    else {
      missing.push({
        severity: wanted.has(firmware) ? 'error' : 'warning',
        code: 'LOADER_MISSING',
        message: `${name} machines are told to load ${file}, and it is not in the TFTP root`,
        suggestion: 'pxectl loader install',
      })
    }
  }
  const {warnings} = await listLoaders({tftpRoot: settings.lab.tftpRoot})
  const findings: Finding[] = [
    // Without any of them nobody boots.
    ...missing.map((finding): Finding => (present.length === 0 ? {...finding, severity: 'error'} : finding)),
    ...warnings.map((message): Finding => ({
      severity: 'warning',
      code: 'LOADERS_DO_NOT_FIT',
      message,
      suggestion: 'pxectl loader install',
    })),
  ]
  return {detail: present.join(', '), findings}
}

async function examineImages({settings}: Lab): Promise<Omit<Examined, 'part'>> {
  const {tftpRoot} = settings.lab
  const {images, problems} = await readImages(tftpRoot)
  const broken = [...problems].map(([name, message]): Finding => {
    const severity = images.has(name) ? 'warning' : 'error'
    return {severity, code: 'IMAGE_BROKEN', message, suggestion: `pxectl image verify ${name}`}
  })
  const unloadable: Finding[] = []
  for (const {name, boot} of settings.boot.loader === 'pxelinux' ? images.values() : []) {
    for (const module of PXELINUX_NEEDS[boot.kind] ?? []) {
      if (await fileExists(join(tftpRoot, module))) continue
      const message = `PXELINUX needs ${module} for the image ${name}, and it is not in the TFTP root`
      unloadable.push({severity: 'error', code: 'LOADER_MISSING', message, suggestion: 'pxectl loader install'})
    }
  }
  return {detail: images.size === 0 ? 'none' : [...images.keys()].join(', '), findings: [...broken, ...unloadable]}
}

/** What PXELINUX loads such an image with; a mboot.c32 of the image's own is in its folder. */
const PXELINUX_NEEDS: Partial<Record<ImageBoot['kind'], readonly string[]>> = {
  smartos: ['mboot.c32', 'libcom32.c32'],
  multiboot: ['mboot.c32', 'libcom32.c32'],
  iso: ['memdisk'],
}

async function examineHosts(lab: Lab): Promise<Omit<Examined, 'part'>> {
  const hosts = await lab.store.list()
  if (hosts.length === 0) {
    const message = 'there are no hosts: every machine gets the menu of unknown clients'
    return {detail: 'none', findings: [{severity: 'note', code: 'HOSTS_NONE', message, suggestion: 'pxectl add-host NAME --mac MAC'}]}
  }
  const context = await readBootContext(lab)
  const all: Finding[] = []
  for (const host of hosts) all.push(...(await examineHost(lab, host, context)))
  const more = all.length - MOST_HOSTS
  const rest: Finding[] =
    more > 0 ? [{severity: 'warning', code: 'HOSTS_MORE', message: `and ${more} more like these`, suggestion: 'pxectl host list'}] : []
  return {detail: `${hosts.length}`, findings: [...all.slice(0, MOST_HOSTS), ...rest]}
}

/** A host that cannot boot is no reason why others could not: a warning. */
async function examineHost(lab: Lab, host: Host, context: Parameters<typeof checkHost>[2]): Promise<Finding[]> {
  const finding = (code: string, message: string, suggestion: string): Finding => ({severity: 'warning', code, message, suggestion})
  try {
    const warnings = await checkHost(lab, host, context)
    return warnings.map((message) => finding('HOST_CANNOT_BOOT', message, `pxectl boot-test ${host.name}`))
  } catch (error) {
    if (!(error instanceof PxectlError)) throw error
    return [finding(error.code, `${host.name}: ${error.message}`, error.suggestions[0] ?? `pxectl host show ${host.name}`)]
  }
}
