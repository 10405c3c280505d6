// Every finding of `why`: its likely cause in general, what helps in general, and what the machine's screen may show. The rules say more
// where they know more; `why --screen` has nothing but this.
//
// Screen texts: "PXE-E…" of BIOS ROMs from the PXE 2.1 specification, appendix; those of UEFI from EDK II (NetworkPkg/UefiPxeBcDxe);
// iPXE, PXELINUX 6.04, GRUB 2, Linux and illumos as they print them.

export type CatalogueEntry = {
  /** In a few words, for tables and headings. */
  readonly title: string
  readonly cause: string
  readonly remedies: readonly string[]
  readonly screen: readonly string[]
}

const entry = (title: string, cause: string, remedies: readonly string[], screen: readonly string[]): CatalogueEntry => ({
  title,
  cause,
  remedies,
  screen,
})

/** In the order of a boot. */
export const catalogue = {
  'no-discover': entry(
    'no question was seen',
    'it is off, does not boot from the network, or its question does not reach this network: cable, VLAN, another virtual network, ' +
      'or another MAC address than the database has',
    ['machines that knock and are no hosts: pxectl host list --unknown', 'boot order: network first, and PXE switched on in the firmware'],
    [
      'PXE-E61: Media test failure, check cable',
      'PXE-E12: Could not detect network connection',
      'No bootable device',
      'No boot device found',
    ],
  ),
  'mac-mistyped': entry(
    'a machine with nearly this MAC knocks',
    'the MAC address in the database is mistyped',
    ['machines that knock and are no hosts: pxectl host list --unknown'],
    ['PXE-E51: No DHCP or proxyDHCP offers were received', 'PXE-E16: No valid offer received'],
  ),
  'nobody-seen': entry(
    'nobody was seen at all',
    'nothing listens where the machines are: the server does not run, listens on another interface, or a firewall is in front of it',
    ['pxectl serve', 'pxectl doctor'],
    ['PXE-E51: No DHCP or proxyDHCP offers were received', 'PXE-E16: No valid offer received'],
  ),
  'not-a-host': entry(
    'it is no host of the lab',
    'the host database has no host with this MAC address, so that it gets what unknown machines get, or nothing',
    ['pxectl add-host NAME --from MAC', 'pxectl host list --unknown'],
    ['PXE-E51: No DHCP or proxyDHCP offers were received', 'PXE-E16: No valid offer received'],
  ),
  'not-answered': entry(
    'its questions got no answer',
    'no DHCP server gives this machine an address',
    ['pxectl dhcp diff', 'pxectl dhcp apply', 'pxectl dhcp check'],
    [
      'PXE-E51: No DHCP or proxyDHCP offers were received',
      'PXE-E52: proxyDHCP offers were received. No DHCP offers were received',
      'PXE-E16: No valid offer received',
      'No configuration methods succeeded',
      'http://ipxe.org/040ee119',
    ],
  ),
  'offer-refused': entry(
    'a DHCP server refused the address',
    'the address is not the one that the DHCP server has for it, or belongs to another network',
    ['pxectl dhcp check', 'pxectl dhcp apply'],
    ['PXE-E51: No DHCP or proxyDHCP offers were received', 'PXE-E16: No valid offer received'],
  ),
  'address-in-use': entry(
    'another machine has its address',
    'two machines use one address',
    ['another address: pxectl host free'],
    ['PXE-E16: No valid offer received'],
  ),
  'foreign-offer': entry(
    'another DHCP server won',
    'a second DHCP server is on this network, and the machine took its offer, which knows nothing of this lab',
    [
      'who answers there: pxectl doctor',
      'let the other one give the addresses, and only name the boot files: pxectl serve --dhcp proxy',
      'or switch the other one off (VirtualBox: VBoxManage list dhcpservers, VBoxManage dhcpserver remove --network NAME)',
    ],
    ['PXE-E53: No boot filename received', 'PXE-E52: proxyDHCP offers were received. No DHCP offers were received'],
  ),
  'other-address': entry(
    'it was given another address than its own',
    'the DHCP server does not know it as a host, or gives it a dynamic lease',
    ['pxectl dhcp diff', 'pxectl dhcp apply'],
    [],
  ),
  'no-filename': entry(
    'no boot file was named',
    'the DHCP server gives an address and no boot file',
    [
      'let pxectl declare it: pxectl config set dhcp.boot-options subnet, then pxectl dhcp apply',
      'or name boot files beside that server: pxectl serve --dhcp proxy',
    ],
    ['PXE-E53: No boot filename received', 'PXE-E16: No valid offer received', 'Nothing to boot', 'http://ipxe.org/2d03e13b'],
  ),
  'option60-without-43': entry(
    'option 60 without option 43',
    'the DHCP server calls itself PXEClient (option 60) without PXE options (43): UEFI then asks port 4011, where nobody answers',
    ['take option 60 "PXEClient" out of the DHCP configuration', 'or answer on port 4011: pxectl serve --dhcp proxy'],
    [
      'PXE-E55: ProxyDHCP service did not reply to request on port 4011',
      'PXE-E16: No valid offer received',
      'PXE-E74: Bad or missing PXE menu and/or prompt information',
      'PXE-E77: Bad or missing discovery server list',
      'PXE-E78: Could not locate boot server',
    ],
  ),
  'loader-not-fetched': entry(
    'it has an address and fetches nothing',
    'next-server is not this machine, TFTP is not served there, or a firewall drops its requests',
    ['pxectl boot-test HOST', 'pxectl dhcp check', 'pxectl doctor'],
    [
      'PXE-E32: TFTP open timeout',
      'PXE-E11: ARP timeout',
      'PXE-E38: TFTP cannot open connection',
      'PXE-E18: Server response timeout',
      'PXE-E22: Client received ICMP error from server',
      'Connection timed out',
      'http://ipxe.org/4c0a6035',
    ],
  ),
  'virtualbox-nat': entry(
    'VirtualBox NAT stands between',
    'a NAT network card of VirtualBox has a DHCP and TFTP server of its own, inside VirtualBox; this lab never sees its questions',
    [
      'a card on the network of the lab: VBoxManage modifyvm VM --nic1 hostonly --hostonlyadapter1 vboxnet0',
      'or one that is bridged: VBoxManage modifyvm VM --nic1 bridged --bridgeadapter1 eth0',
      'behind NAT, answers must come from the port that was asked: pxectl config set serve.single-port yes',
    ],
    ['PXE-E53: No boot filename received', 'TFTP prefix:', 'Could not read from the boot medium! System halted'],
  ),
  'loader-missing': entry(
    'the boot file is not there',
    'the DHCP server names a file that is not in the TFTP root',
    ['pxectl loader install', 'pxectl loader list'],
    [
      'PXE-T01: File not found',
      'PXE-E3B: TFTP Error - File Not found',
      'PXE-E36: Error received from TFTP server',
      'PXE-E23: Client received TFTP error from server',
      'http://ipxe.org/2d0c613b',
    ],
  ),
  'bios-file-for-uefi': entry(
    'a BIOS boot file for UEFI',
    'the DHCP server names one boot file for all firmware, and this firmware cannot run it',
    ['let the file follow the firmware: pxectl config set dhcp.boot-options subnet, then pxectl dhcp apply'],
    ['PXE-E99: Unexpected network error', 'Unsupported', "Image type X64 can't be loaded", 'Failed to load image'],
  ),
  'uefi-file-for-bios': entry(
    'a UEFI boot file for BIOS',
    'the DHCP server names one boot file for all firmware, and this firmware cannot run it',
    ['let the file follow the firmware: pxectl config set dhcp.boot-options subnet, then pxectl dhcp apply'],
    ['PXE-E79: NBP is too big to fit in free base memory', 'Not enough free base memory', 'a blinking cursor'],
  ),
  'chain-loop': entry(
    'iPXE loads itself over and over',
    'iPXE asks for its script and is given the loader again: the DHCP server does not tell iPXE (option 77) from the firmware',
    [
      'let pxectl declare the boot files: pxectl config set dhcp.boot-options subnet, then pxectl dhcp apply',
      'a host entry with a filename of its own wins over the rest: take it out (pxectl dhcp check)',
    ],
    ['iPXE initialising devices... (again and again)'],
  ),
  'secure-boot': entry(
    'the boot file was read, and did not start',
    'Secure Boot refuses a loader that nobody signed',
    [
      'switch Secure Boot off in the firmware (VirtualBox: VBoxManage modifynvram VM secureboot --disable)',
      'or give it a signed chain (shimx64.efi, then grubx64.efi): pxectl loader install',
    ],
    [
      'Security Violation',
      'Access Denied',
      'Verification failed: (0x1A) Security Violation',
      'Image failed to verify with *ACCESS DENIED*',
      'Secure Boot Violation',
      'Booting failed due to a signature problem',
    ],
  ),
  'loader-silent': entry(
    'the boot file was read, and nothing followed',
    'the loader hangs: it is damaged, of another architecture, or has no driver for the network card',
    ['pxectl loader install', 'another loader: pxectl config set boot.loader pxelinux'],
    ['a blinking cursor', 'PXE-E79: NBP is too big to fit in free base memory', 'iPXE initialising devices...'],
  ),
  'ldlinux-missing': entry(
    'ldlinux.c32 is missing',
    'PXELINUX of version 5 and later does not start without ldlinux.c32 of the same release beside it',
    ['pxectl loader install'],
    ['Failed to load ldlinux.c32', 'Failed to load COM32 file', 'Boot failed: press a key to retry, or wait for reset...'],
  ),
  'config-missing': entry(
    'the menu was not found',
    'the loader looks for its menu under names that the server does not have: it was loaded from a subfolder, or the lab has no menu for it',
    ['the loader belongs into the TFTP root itself: pxectl loader install', 'what it would get: pxectl menu show HOST'],
    [
      'Unable to locate configuration file',
      'Unable to load default.ipxe',
      'grub>',
      'No DEFAULT or UI configuration directive found!',
      'http://ipxe.org/2d0c613b',
      'Could not boot: No such file or directory',
    ],
  ),
  'menu-waits': entry(
    'it has its menu, and nothing followed',
    'the menu waits for a key, or its entry cannot be started by this loader',
    ['what it got: pxectl menu show HOST', 'seconds until the menu goes on: pxectl config set boot.timeout 10'],
    ['boot:', 'Press any key', 'iPXE>', 'grub>'],
  ),
  'kernel-missing': entry(
    'the kernel was not found',
    'the menu names a kernel that is not in the TFTP root',
    ['pxectl image list', 'pxectl image verify'],
    [
      'Loading … failed: No such file or directory',
      'Could not find kernel image',
      'you need to load the kernel first',
      'http://ipxe.org/2d0c613b',
    ],
  ),
  'initrd-missing': entry(
    'the kernel was found, its initrd was not',
    'the menu names an initrd (a boot archive, a module) that is not in the TFTP root',
    ['pxectl image list', 'pxectl image verify'],
    [
      'krtld: error during initial load/link phase',
      'panic - boot: exiting',
      'VFS: Unable to mount root fs on unknown-block(0,0)',
      'Kernel panic - not syncing: No working init found',
      'Loading … failed: No such file or directory',
    ],
  ),
  'file-missing': entry(
    'a file was not found',
    'a loader or a menu asks for a file that is not in the TFTP root',
    ['pxectl image verify', 'pxectl loader install'],
    ['No such file or directory', 'Failed to load COM32 file', "error: file `…' not found"],
  ),
  'tftp-unanswered': entry(
    'what we send does not arrive',
    'the first block was sent again and again: a firewall or a NAT between us drops what comes from another port than the one asked, or the blocks ' +
      'do not fit the network',
    [
      'answer from the port that was asked: pxectl config set serve.single-port yes',
      'smaller blocks: pxectl config set serve.max-blksize 512',
    ],
    [
      'PXE-E32: TFTP open timeout',
      'PXE-E18: Server response timeout',
      'PXE-E99: Unexpected network error',
      'Connection timed out',
      'http://ipxe.org/4c126035',
    ],
  ),
  'transfer-broken': entry(
    'a transfer broke off',
    'packets get lost on the way: a bad cable or switch, blocks that do not fit the network (MTU, VLAN, VPN), or a machine without memory for the file',
    ['smaller blocks: pxectl config set serve.max-blksize 1024', 'the wire: ping -s 1472 -M do ADDRESS'],
    [
      'PXE-E35: TFTP read timeout',
      'PXE-E3F: TFTP packet size is invalid',
      'PXE-E05: Buffer size is smaller than the requested file',
      'PXE-E18: Server response timeout',
      'Connection reset',
      'Error 0x4c126035',
      'out of memory',
    ],
  ),
  'root-silent': entry(
    'kernel and initrd were read, then silence',
    'the kernel runs and does not get at its root filesystem, or stopped before: root on NFS that is not exported to it, no driver for the card, too little memory',
    ['showmount -e SERVER', 'pxectl host ping HOST'],
    [
      'krtld: error during initial load/link phase',
      'VFS: Unable to mount root fs',
      'Root-NFS: Server returned error',
      'mount.nfs: access denied by server',
      'ALERT! … does not exist. Dropping to a shell!',
      'Kernel panic - not syncing: VFS',
      'Initramfs unpacking failed',
    ],
  ),
} as const satisfies Readonly<Record<string, CatalogueEntry>>

export type FindingCode = keyof typeof catalogue

export const findingCodes = Object.keys(catalogue) as FindingCode[]

/** The findings whose screen text has the words, in any case; a code such as PXE-E32 is enough. */
export function findByScreen(words: string): FindingCode[] {
  const wanted = plain(words)
  if (wanted === '') return []
  const fits = (text: string): boolean => plain(text).includes(wanted) || (plain(text).length >= 8 && wanted.includes(plain(text)))
  return findingCodes.filter((code) => catalogue[code].screen.some(fits))
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
}
