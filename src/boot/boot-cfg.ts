// boot.cfg of VMware ESXi, made for one client from the one that came with the image.
//
//   title=Loading ESXi installer
//   prefix=images/esxi                       where the files below are, for the way in which this file was fetched
//   kernel=b.b00
//   kernelopt=runweasel ks=http://…          the image's own options, then the host's
//   modules=jumpstrt.gz --- useropts.gz
import {PxectlError} from '../errors.js'

export type BootCfgOptions = {
  /** A folder below the TFTP root, or its URL. */
  readonly prefix: string
  /** The host's own arguments. */
  readonly bootArgs: string | undefined
  /** What `{image-url}` stands for. */
  readonly imageUrl: string
}

/**
 * Throws BOOT_CFG_INVALID where it names no kernel. Keeps every line that it does not know. The installation disc has paths that begin with `/`, which would go round the prefix, and
 * the option cdromBoot, which looks for that disc. An option of the host's replaces one of the same name.
 */
export function renderBootCfg(text: string, {prefix, bootArgs, imageUrl}: BootCfgOptions): string {
  const lines = text.split(/\r?\n/).filter((line, index, all) => line !== '' || index < all.length - 1)
  const kept = lines.filter((line) => !/^\s*(?:prefix|kernelopt)=/i.test(line)).map(plainPaths)
  const options = valueOf(lines, 'kernelopt')
  const own = (bootArgs ?? '').split(' ').filter((word) => word !== '')
  const given = options.split(' ').filter((word) => word !== '' && word !== 'cdromBoot' && !own.some((mine) => isSameOption(mine, word)))
  const kernelopt = [...given, ...own].join(' ').replaceAll('{image-url}', imageUrl)
  const at = kept.findIndex((line) => /^\s*kernel=/i.test(line))
  if (at < 0) throw bootCfgInvalid()
  return `${[...kept.slice(0, at), `prefix=${prefix}`, kept[at], `kernelopt=${kernelopt}`, ...kept.slice(at + 1)].join('\n')}\n`
}

/** The kernel, then the modules, as the file names them, with the prefix before each. Throws BOOT_CFG_INVALID where it names no kernel. */
export function bootCfgFiles(text: string): string[] {
  const lines = text.split(/\r?\n/)
  const prefix = valueOf(lines, 'prefix')
  const kernel = valueOf(lines, 'kernel')
  if (kernel === '') throw bootCfgInvalid()
  const modules = valueOf(lines, 'modules').split(' --- ')
  const names = [kernel, ...modules].map((name) => name.trim().split(' ')[0] ?? '').filter((name) => name !== '')
  return names.map((name) => (/^\/|^https?:/.test(name) || prefix === '' ? name : `${prefix.replace(/\/$/, '')}/${name}`))
}

function valueOf(lines: readonly string[], key: string): string {
  const line = lines.find((candidate) => candidate.trim().toLowerCase().startsWith(`${key}=`))
  return line === undefined ? '' : line.slice(line.indexOf('=') + 1).trim()
}

function plainPaths(line: string): string {
  const [, key = '', value = ''] = /^\s*(kernel|modules)=(.*)$/i.exec(line) ?? []
  return key === '' ? line : `${key}=${value.replace(/(^|--- *)\/+/g, '$1')}`
}

function isSameOption(one: string, other: string): boolean {
  return one === other || (one.includes('=') && one.split('=')[0] === other.split('=')[0])
}

function bootCfgInvalid(): PxectlError {
  return new PxectlError('the boot.cfg of this image names no kernel', {
    code: 'BOOT_CFG_INVALID',
    kind: 'invalidData',
    suggestions: ['import the image again: pxectl image add SOURCE --replace'],
  })
}
