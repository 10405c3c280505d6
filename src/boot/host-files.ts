// The boot files that pxectl keeps in the TFTP root, by relative path: three for each host, one in each loader's language,
// and six for the lab.
import type {Mac} from '../net/mac.js'
import {renderGrub} from './grub.js'
import {renderIpxe} from './ipxe.js'
import {menuLanguages, storedFormats} from './languages.js'
import {type BootContext, type BootHost, defaultMenu, hostMenu, httpUrlOf} from './menu.js'
import {noticeLines} from './notice.js'
import {renderPxelinux} from './pxelinux.js'

/** The names of a host's files, which follow from its MAC alone: for removing them without rendering anything. */
export function hostBootNames(mac: Mac): string[] {
  return storedFormats.map((format) => menuLanguages[format].nameFor(mac))
}

/** The files of one host, under the names of hostBootNames. */
export function hostBootFiles(host: BootHost, context: BootContext): Map<string, string> {
  const menu = hostMenu(host, context)
  return new Map(storedFormats.map((format) => [menuLanguages[format].nameFor(host.mac), menuLanguages[format].render(menu)]))
}

/** The files that send each client to those of its host, or to the default menu. */
export function labBootFiles(context: BootContext): Map<string, string> {
  const menu = defaultMenu(context)
  return new Map([
    ['pxelinux.cfg/default', renderPxelinux(menu)],
    ['boot.ipxe', BOOT_SCRIPT],
    ['autoexec.ipxe', autoexecScript(context)],
    ['ipxe/default.ipxe', renderIpxe(menu)],
    ['grub/grub.cfg', GRUB_CONFIG],
    ['grub/default.cfg', renderGrub(menu)],
  ])
}

const [NOTICE] = noticeLines({title: 'every client', note: undefined})

/**
 * The first script of every iPXE. `netX` is the interface it booted from. Fetching comes apart from running, so that a
 * script that failed, or chose the local disk (exit 1), is not followed by the default menu.
 */
const BOOT_SCRIPT = `#!ipxe
# ${NOTICE}
imgfetch --name host ipxe/01-\${netX/mac:hexhyp}.ipxe || goto unknown
imgexec host || exit 1
exit

:unknown
chain ipxe/default.ipxe || exit 1
`

/**
 * What iPXE for UEFI asks for before it asks DHCP, from where it came itself: by TFTP since January 2022, by HTTP too since March 2024
 * (src/interface/efi/efi_autoexec.c). A DHCP server that has one file for all, and would give iPXE itself again for ever, is then not
 * asked for a file. The interfaces are still closed, so that an address comes first; `netX` is the one it booted from in builds that open
 * it by themselves (2026). The server is written out, because what DHCP says of it may be another's.
 */
function autoexecScript(context: BootContext): string {
  const fetch = (url: string): string => `imgfetch --name lab ${url}/boot.ipxe`
  return `#!ipxe
# ${NOTICE}
dhcp netX || dhcp || goto failed
${fetch(httpUrlOf(context))} || ${fetch(`tftp://${context.server}`)} || goto failed
imgexec lab || exit 1
exit

:failed
echo No address, or no answer from ${context.server}. On the server, try: pxectl boot-test
sleep 30
exit 1
`
}

/**
 * Distributions' signed GRUB asks for this file alone (Debian's grubnetx64.efi.signed, seen), others for the host's
 * own first. net_default_mac has colons. \`-s\`, because \`-f\` looks into folders, which TFTP does not have.
 */
const GRUB_CONFIG = `# ${NOTICE}
regexp --set 1:a --set 2:b --set 3:c --set 4:d --set 5:e --set 6:f '^(..):(..):(..):(..):(..):(..)$' "$net_default_mac"
set host="/grub/grub.cfg-01-$a-$b-$c-$d-$e-$f"
if [ -s "$host" ]; then
  source "$host"
else
  source /grub/default.cfg
fi
`
