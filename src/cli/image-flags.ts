// The flags of `image add`.
import {Flags} from '@oclif/core'
import {imageTypes, smartosConsoles} from '../operations/image-types.js'
import type {NewImage} from '../operations/new-image.js'
import type {RootPassword} from '../operations/image-password.js'
import {askSecret} from './prompts.js'

export const imageFlags = {
  initrd: Flags.string({
    description: 'SOURCE is a kernel, and this its initrd; repeat for several, in the order of loading',
    multiple: true,
    helpValue: 'FILE|URL',
  }),
  name: Flags.string({description: 'the name of the image; without it one is made from what it is', helpValue: 'NAME'}),
  type: Flags.option({options: imageTypes, description: 'what it must be; without it the source decides'})(),
  checksum: Flags.string({description: 'sha256:HEX, sha512:HEX, md5:HEX, or where the SHA256SUMS file is', helpValue: 'SUM|FILE|URL'}),
  title: Flags.string({description: 'what people read in menus', helpValue: 'TEXT'}),
  replace: Flags.boolean({description: 'replace the image of that name; its overlay/ stays', default: false}),
  default: Flags.boolean({description: 'make it what unknown clients, and hosts without image and root, boot', default: false}),
  'boot-args': Flags.string({description: 'more arguments for the kernel', helpValue: 'ARGS'}),
  kickstart: Flags.string({
    description: 'the address of an answer file for an installer (ESXi, Fedora and RHEL, Debian, SUSE)',
    helpValue: 'URL',
  }),
  platform: Flags.string({description: 'SmartOS: which platform of several; without it the newest', helpValue: 'STAMP'}),
  console: Flags.option({options: smartosConsoles, description: 'SmartOS: the console; without it as boot.console says'})(),
  noimport: Flags.boolean({description: 'SmartOS: do not import the zpool', default: false}),
  standalone: Flags.boolean({description: 'SmartOS: boot without a data center', default: false}),
  kmdb: Flags.boolean({description: 'SmartOS: load the kernel debugger (-kd)', default: false}),
  'kernel-verbose': Flags.boolean({description: 'SmartOS: boot verbosely (-v)', default: false}),
  'smartos-property': Flags.string({
    description: 'SmartOS: a kernel property (-B); repeat for several',
    multiple: true,
    helpValue: 'NAME=VALUE',
  }),
  'root-password-hash': Flags.string({
    description: "SmartOS: root's password as in /etc/shadow",
    helpValue: 'HASH',
    exclusive: ['root-password-file', 'ask-root-password', 'platform-password'],
  }),
  'root-password-file': Flags.string({
    description: "SmartOS: root's password is the first line of this file",
    helpValue: 'FILE',
    exclusive: ['ask-root-password', 'platform-password'],
  }),
  'ask-root-password': Flags.boolean({
    description: "SmartOS: ask for root's password; without any of these flags one is made up and shown once",
    default: false,
    exclusive: ['platform-password'],
  }),
  'platform-password': Flags.boolean({description: 'SmartOS: keep the password that the platform is published with', default: false}),
}

type Parsed = {
  readonly initrd?: string[] | undefined
  readonly name?: string | undefined
  readonly type?: NewImage['type']
  readonly checksum?: string | undefined
  readonly title?: string | undefined
  readonly replace: boolean
  readonly default: boolean
  readonly 'boot-args'?: string | undefined
  readonly kickstart?: string | undefined
  readonly platform?: string | undefined
  readonly console?: NewImage['smartos']['console']
  readonly noimport: boolean
  readonly standalone: boolean
  readonly kmdb: boolean
  readonly 'kernel-verbose': boolean
  readonly 'smartos-property'?: string[] | undefined
  readonly 'root-password-hash'?: string | undefined
  readonly 'root-password-file'?: string | undefined
  readonly 'ask-root-password': boolean
  readonly 'platform-password': boolean
}

/** The flags as the operation wants them; asks for the password where that is wanted. */
export async function newImage(source: string, flags: Parsed): Promise<NewImage> {
  const {name, type, checksum, title, kickstart, platform, console} = flags
  const bootArgs = flags['boot-args']
  return {
    source,
    initrds: flags.initrd ?? [],
    ...(name === undefined ? {} : {name}),
    ...(type === undefined ? {} : {type}),
    ...(checksum === undefined ? {} : {checksum}),
    ...(title === undefined ? {} : {title}),
    replace: flags.replace,
    isDefault: flags.default,
    ...(bootArgs === undefined ? {} : {bootArgs}),
    ...(kickstart === undefined ? {} : {kickstart}),
    ...(platform === undefined ? {} : {platform}),
    smartos: {
      ...(console === undefined ? {} : {console}),
      noimport: flags.noimport,
      standalone: flags.standalone,
      kmdb: flags.kmdb,
      verbose: flags['kernel-verbose'],
      properties: flags['smartos-property'] ?? [],
    },
    rootPassword: await rootPassword(flags),
  }
}

async function rootPassword(flags: Parsed): Promise<RootPassword> {
  const [hash, path] = [flags['root-password-hash'], flags['root-password-file']]
  if (hash !== undefined) return {kind: 'hash', hash}
  if (path !== undefined) return {kind: 'file', path}
  if (flags['platform-password']) return {kind: 'platform'}
  return flags['ask-root-password'] ? {kind: 'typed', password: await askSecret('root password of the image')} : {kind: 'generate'}
}
