// Boot options with an arm of every kind.
import type {BootBlock} from '../../src/dhcpd-conf/boot-options.js'

export const sampleBootBlock: BootBlock = {
  nextServer: '10.0.0.1',
  arms: [
    {client: 'ipxe', architectures: [0], filename: 'pxelinux.0'},
    {client: 'ipxe', architectures: undefined, filename: 'http://10.0.0.1/boot.ipxe'},
    {client: 'http', architectures: [16], filename: 'http://10.0.0.1/ipxe.efi'},
    {client: 'pxe', architectures: [7, 9], filename: 'ipxe.efi'},
    {client: 'pxe', architectures: [0], filename: 'undionly.kpxe'},
  ],
}
