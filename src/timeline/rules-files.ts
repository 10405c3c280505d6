// Menu, kernel, initrd: found or not, read whole or not; and what silence after them means.
import type {BootEvent} from './boot-event.js'
import {type BootCase, finding, type Finding} from './finding.js'
import {baseOf, goesOn, isFile, isWhole, listNames, missingFiles, wholeFiles} from './looking.js'

/** Between two names of one search lie milliseconds. */
const SEARCH_MS = 3000

/** Every name was tried. autoexec.ipxe is a question that iPXE asks in passing. */
export function missingConfigRule({boot, state, facts}: BootCase): Finding[] {
  if (facts.nowMs - (state.lastSeenMs ?? 0) < SEARCH_MS) return []
  const missing = missingFiles(boot, 'config').filter(({name}) => baseOf(name) !== 'autoexec.ipxe')
  const [first] = missing
  if (first === undefined || wholeFiles(boot, 'config').some(({timeMs}) => timeMs >= first.timeMs)) return []
  const names = missing.map(({name}) => name)
  const folder = /^(?:\/*)(.+?)\/(?:pxelinux\.cfg|grub|ipxe)\//.exec(first.name)?.[1]
  return [
    finding('config-missing', {
      certainty: 'certain',
      seen: `no menu was found; it asked for ${listNames(names, 12)}`,
      ...(folder === undefined
        ? {}
        : {
            cause: `the loader was loaded from the folder ${folder}, and looks for its menu there; the lab has its menus in the TFTP root itself`,
          }),
      remedies: [
        ...(folder === undefined
          ? []
          : ['let the DHCP server name the loader in the TFTP root: pxectl loader install, then pxectl dhcp check']),
        `what it should get: pxectl menu show ${facts.host.name}`,
      ],
    }),
  ]
}

/** The menu is there, and nothing followed. */
export function waitingMenuRule({boot, state, facts}: BootCase): Finding[] {
  const last = boot.at(-1)
  if (state.step !== 'config' || state.condition !== 'stuck' || facts.bootsLocally || last?.result !== 'done') return []
  return [
    finding('menu-waits', {
      certainty: 'possible',
      seen: `it read ${last.name}, and asked for nothing more`,
      remedies: [`what it got: pxectl menu show ${facts.host.name}`, 'seconds until the menu goes on: pxectl config set boot.timeout 10'],
    }),
  ]
}

/** Kernel, initrd, and whatever else is not there. */
export function missingFileRule({boot, facts}: BootCase): Finding[] {
  const image = facts.image === undefined ? [] : [`pxectl image verify ${facts.image}`]
  const remedies = [...image, 'pxectl image list', `what the menu names: pxectl menu show ${facts.host.name}`]
  const [kernel] = missingFiles(boot, 'kernel')
  if (kernel !== undefined)
    return [finding('kernel-missing', {certainty: 'certain', seen: `it asked for the kernel ${kernel.name}: ${whyNot(kernel)}`, remedies})]
  const [initrd] = missingFiles(boot, 'initrd')
  if (initrd !== undefined) {
    const loaded = wholeFiles(boot, 'kernel').at(-1)
    return [
      finding('initrd-missing', {
        certainty: 'certain',
        seen: `${loaded === undefined ? 'it asked' : `${loaded.name} was read, and then it asked`} for ${initrd.name}: ${whyNot(initrd)}`,
        remedies,
      }),
    ]
  }
  const others = [...missingFiles(boot, 'loader'), ...missingFiles(boot, 'root'), ...missingFiles(boot, 'other')].filter(
    (event) => !/^ldlinux\./.test(baseOf(event.name)) && !HARMLESS.test(baseOf(event.name)) && !goesOn(boot, event, 'config'),
  )
  const [other] = others
  const last = boot.findLast(isFile)
  if (other === undefined || last === undefined || last.result !== 'refused' || wholeFiles(boot, 'loader').length === 0) return []
  return [
    finding('file-missing', {
      certainty: 'likely',
      seen: `it asked for ${listNames(others.map(({name}) => name))}, and then for nothing more`,
      remedies,
    }),
  ]
}

/** What GRUB and firmware look for in passing. */
const HARMLESS = /\.(?:lst|mo|gmo|pf2|signed|csv)$|^revocations\.efi$/

function whyNot({details}: BootEvent): string {
  return details.message ?? (details.status === undefined ? 'it is not there' : `status ${details.status}`)
}

/** A transfer that broke off, and was not repeated with success. */
export function brokenTransferRule({boot, facts}: BootCase): Finding[] {
  const broken = boot.findLast(
    (event) =>
      isFile(event) &&
      event.result === 'failed' &&
      !boot.some((later) => later.timeMs >= event.timeMs && later.name === event.name && isWhole(later)),
  )
  if (broken === undefined || goesOn(boot, broken, broken.step === 'other' ? 'asked' : broken.step)) return []
  const {bytes = 0, sizeBytes, blksize, message = 'no reason given'} = broken.details
  const terms = blksize === undefined ? '' : ` (blksize ${blksize})`
  const size = sizeBytes === undefined ? '' : ` of ${sizeBytes}`
  if (broken.source === 'tftp' && bytes === 0 && /^no answer/.test(message)) return [unheard(broken, terms, facts.server)]
  const smaller = blksize !== undefined && blksize > 1024 ? [`smaller blocks: pxectl config set serve.max-blksize 1024`] : []
  return [
    finding('transfer-broken', {
      certainty: 'certain',
      seen: `${broken.name} broke off after ${bytes}${size} bytes${terms}: ${message}`,
      remedies: [
        ...smaller,
        `the wire: ping -s 1472 -M do ${broken.ip ?? facts.host.ip}`,
        'is there memory enough in the machine for the file?',
      ],
    }),
  ]
}

/** Not one block was acknowledged. */
function unheard(broken: BootEvent, terms: string, server: string | undefined): Finding {
  if (server !== undefined && broken.ip === server) {
    return finding('virtualbox-nat', {
      certainty: 'likely',
      seen: `it asked for ${broken.name} from ${server}, which is this machine's own address, and acknowledged nothing${terms}: a NAT of this machine stands between`,
      remedies: [
        'behind NAT, answers must come from the port that was asked: pxectl config set serve.single-port yes',
        'better a card on the network of the lab: VBoxManage modifyvm VM --nic1 hostonly --hostonlyadapter1 vboxnet0',
      ],
    })
  }
  return finding('tftp-unanswered', {certainty: 'certain', seen: `it asked for ${broken.name} and acknowledged not one block${terms}`})
}

/** All is read, and the system says nothing, though it should. */
export function silentSystemRule({boot, state, facts}: BootCase): Finding[] {
  const kernel = wholeFiles(boot, 'kernel').at(-1)
  if (state.condition !== 'stuck' || kernel === undefined || (state.step !== 'kernel' && state.step !== 'initrd')) return []
  if (boot.at(-1)?.result !== 'done') return []
  const {host, server = 'SERVER'} = facts
  const read = [kernel, ...wholeFiles(boot, 'initrd')].map(({name}) => name)
  const isAsking = boot.some(({details, timeMs}) => details.asker === 'system' && timeMs >= kernel.timeMs)
  const running = isAsking ? '; its kernel runs, for it asked for an address since' : ''
  return [
    finding('root-silent', {
      certainty: isAsking ? 'likely' : 'possible',
      seen: `${listNames(read)} read whole, and nothing since${running}`,
      remedies: [
        ...(host.root === undefined ? [] : [`is the root exported to it? showmount -e ${server}`]),
        `does it answer? pxectl host ping ${host.name}`,
        'look at its console for the text below',
      ],
    }),
  ]
}
