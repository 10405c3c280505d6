// The flags of `fs create`.
import {Flags} from '@oclif/core'
import {rootStyles, type NewRoot} from '../operations/new-root.js'
import {askSecret, readSecret} from './prompts.js'

export const createFlags = {
  style: Flags.option({
    options: rootStyles,
    description:
      'how clients get it: one file over HTTP, the same inside the initrd, or a tree over NFS, shared (nfs-overlay) or of one machine (nfs)',
    default: 'squashfs' as const,
  })(),
  suite: Flags.string({description: 'the release, e.g. bookworm or noble; without it that of this system', helpValue: 'SUITE'}),
  mirror: Flags.string({description: "where packages come from; without it as this system's apt", helpValue: 'URL'}),
  arch: Flags.string({description: 'the architecture, e.g. arm64; without it that of this system', helpValue: 'ARCH'}),
  packages: Flags.string({
    description: 'more packages, separated by commas; repeat for several',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    helpValue: 'NAME,NAME',
  }),
  user: Flags.string({description: 'who may log in and use sudo', default: 'lab', helpValue: 'NAME'}),
  'password-file': Flags.string({
    description: 'the password is the first line of this file (- is stdin); without it, and without a key, one is made up and shown once',
    helpValue: 'FILE',
    exclusive: ['ask-password'],
  }),
  'ask-password': Flags.boolean({description: 'ask for the password', default: false}),
  'ssh-key': Flags.string({
    description: 'a file of public keys that may log in; repeat for several',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    helpValue: 'FILE',
  }),
  template: Flags.string({
    description: 'the template to start from; without it the one that fits, made where there is none; "none": neither used nor made',
    helpValue: 'NAME|none',
  }),
  hook: Flags.string({description: 'a folder of programs that are run with the tree as their argument', helpValue: 'DIR'}),
  'size-limit': Flags.string({description: 'no more than this on the disk, e.g. 2G', helpValue: 'SIZE'}),
  resume: Flags.boolean({description: 'use what an interrupted build has fetched', default: false}),
}

type Parsed = {
  readonly style: NewRoot['style']
  readonly suite?: string | undefined
  readonly mirror?: string | undefined
  readonly arch?: string | undefined
  readonly packages: string[]
  readonly user: string
  readonly 'password-file'?: string | undefined
  readonly 'ask-password': boolean
  readonly 'ssh-key': string[]
  readonly template?: string | undefined
  readonly hook?: string | undefined
  readonly 'size-limit'?: string | undefined
}

/** What is wanted, in the words of the operation; asks for the password where that is wanted. */
export async function newRoot(name: string, flags: Parsed): Promise<NewRoot> {
  const {'password-file': file} = flags
  const password = await typedPassword(flags)
  return {
    name,
    style: flags.style,
    packages: flags.packages,
    user: flags.user,
    sshKeys: flags['ssh-key'],
    ...(flags.suite === undefined ? {} : {suite: flags.suite}),
    ...(flags.mirror === undefined ? {} : {mirror: flags.mirror}),
    ...(flags.arch === undefined ? {} : {arch: flags.arch}),
    ...(file === undefined || file === '-' ? {} : {passwordFile: file}),
    ...(password === undefined ? {} : {password}),
    ...(flags.template === undefined ? {} : {template: flags.template}),
    ...(flags.hook === undefined ? {} : {hook: flags.hook}),
    ...(flags['size-limit'] === undefined ? {} : {sizeLimit: flags['size-limit']}),
  }
}

/** A file of /dev cannot be opened where stdin is a socket, as ssh and other programs have it. */
async function typedPassword(flags: Parsed): Promise<string | undefined> {
  if (flags['password-file'] === '-') return readSecret(`password of ${flags.user}`)
  if (!flags['ask-password']) return undefined
  return askSecret(`Password of ${flags.user}`, 'put it on the first line of a file and name that: --password-file FILE')
}
