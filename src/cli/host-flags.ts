// The flags that describe a host, shared by add-host and host set, and what they mean as values.
import {Flags} from '@oclif/core'
import {parseHostValues, type HostValues} from '../operations/host-values.js'

export const hostFlags = {
  ip: Flags.string({description: 'IPv4 address', helpValue: '192.168.56.21'}),
  mac: Flags.string({description: 'MAC address of the network card, in any usual spelling', helpValue: '08:00:27:12:34:56'}),
  root: Flags.string({
    description: 'diskless root: a PXE filesystem (see fs list), or a folder below the TFTP root, mounted by NFS',
    helpValue: 'root_tk2',
  }),
  image: Flags.string({description: 'image to boot: a folder below images/ in the TFTP root', helpValue: 'debian12'}),
  'boot-args': Flags.string({description: 'more kernel arguments', helpValue: '"quiet nosmt"'}),
}

type HostFlagTexts = {
  readonly ip?: string | undefined
  readonly mac?: string | undefined
  readonly root?: string | undefined
  readonly image?: string | undefined
  readonly 'boot-args'?: string | undefined
}

/** The flags as values; only the given ones. */
export function parseHostFlags({'boot-args': bootArgs, ...flags}: HostFlagTexts): HostValues {
  return parseHostValues({...flags, bootArgs})
}
