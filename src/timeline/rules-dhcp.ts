// From the question for an address to the name of a boot file.
import type {BootEvent} from './boot-event.js'
import {catalogue} from './catalogue.js'
import {type BootCase, finding, type Finding} from './finding.js'
import {isFile, isUefi, lastAsker} from './looking.js'

/** A DHCP server said no. */
export function refusedRule({boot, facts}: BootCase): Finding[] {
  const declined = boot.findLast(({name}) => name === 'decline')
  const refused = boot.findLast(({name}) => name === 'nak')
  const offered = boot.findLast(({name}) => name === 'ack')
  if (declined !== undefined && declined.timeMs >= (offered?.timeMs ?? 0)) return [inUse(declined, facts.host.name)]
  if (refused === undefined || refused.timeMs < (offered?.timeMs ?? 0)) return []
  const said = refused.details.message === undefined ? '' : `: ${refused.details.message}`
  const by = refused.details.server === undefined ? '' : ` by ${refused.details.server}`
  return [finding('offer-refused', {certainty: 'certain', seen: `its request for an address was refused${by}${said}`})]
}

function inUse({ip, details}: BootEvent, name: string): Finding {
  return finding('address-in-use', {
    certainty: 'certain',
    seen: `${name} found ${ip ?? 'its address'} in use by another machine${details.message === undefined ? '' : `: ${details.message}`}`,
    remedies: ['an address that is free: pxectl host free', `give it that: pxectl host set ${name} --ip ADDRESS`],
  })
}

/** Asked, and never offered anything. */
export function unansweredRule({boot, state, facts}: BootCase): Finding[] {
  if (!facts.host.isKnown || state.step !== 'asked' || state.condition !== 'stuck' || boot.some(isFile)) return []
  const refusal = boot.findLast(({result, name}) => result === 'refused' && name !== 'nak' && name !== 'decline')
  const questions = boot.filter(({name, result}) => name === 'discover' && result === 'done').length
  const reason = refusal?.details.message
  const {host, backend} = facts
  const why = reason === undefined ? '' : `; the server says: ${reason}`
  const remedies = [
    ...declareIt(host),
    ...(backend === 'builtin'
      ? ['is it the only server? pxectl serve --dhcp full']
      : ['pxectl dhcp diff', 'pxectl dhcp apply', 'pxectl dhcp check']),
  ]
  const cause = host.dhcp ? {} : {cause: `${host.name} is not declared in the DHCP server (dhcp = no)`}
  return [
    finding('not-answered', {certainty: 'certain', seen: `it asked ${questions} times and was offered nothing${why}`, ...cause, remedies}),
  ]
}

/** For a host that is not declared in the DHCP server. */
function declareIt({name, dhcp}: BootCase['facts']['host']): string[] {
  return dhcp ? [] : [`pxectl host set ${name} --dhcp`]
}

/** Its request names the server whose offer it takes (option 54). */
export function foreignRule({boot, facts}: BootCase): Finding[] {
  const own = new Set([facts.server, ...boot.filter(({name}) => name === 'ack' || name === 'offer').map(({details}) => details.server)])
  const taken = boot.findLast(({name, details}) => name === 'request' && details.server !== undefined)
  const server = taken?.details.server
  if (facts.backend !== 'builtin' || server === undefined || own.has(server)) return []
  const whose = foreignKind(server)
  return [
    finding('foreign-offer', {
      certainty: 'certain',
      seen: `it takes the offer of ${server}${whose === undefined ? '' : ` (${whose})`}, not ours${facts.server === undefined ? '' : ` (${facts.server})`}`,
    }),
  ]
}

function foreignKind(server: string): string | undefined {
  if (/^192\.168\.(?:5[6-9]|6[0-3])\.(?:1|2|100)$/.test(server))
    return "VirtualBox's DHCP server of a host-only network has such an address"
  if (server === '10.0.2.2' || server === '10.0.2.3') return "VirtualBox's NAT has this address"
  return server.endsWith('.254') ? "VMware's DHCP server has such an address" : undefined
}

/** Given another address than the lab's. */
export function otherAddressRule({boot, facts}: BootCase): Finding[] {
  const given = boot.findLast(({name, ip, details}) => name === 'ack' && ip !== undefined && details.asker !== 'system')
  if (!facts.host.isKnown || given?.ip === undefined || given.ip === facts.host.ip) return []
  const by = given.details.server === undefined ? '' : ` by ${given.details.server}`
  return [
    finding('other-address', {
      certainty: 'likely',
      seen: `it was given ${given.ip}${by}; the database says ${facts.host.ip}`,
      remedies: [...declareIt(facts.host), ...catalogue['other-address'].remedies],
    }),
  ]
}

/** It has an address, and fetches nothing. */
export function noFileRule({boot, state, facts}: BootCase): Finding[] {
  const given = boot.findLast(({name, details}) => (name === 'ack' || name === 'offer') && details.asker !== 'system')
  if (given === undefined || boot.some(isFile) || state.condition !== 'stuck') return []
  const asked = (facts.dhcpServers ?? []).find(({isMenuLess}) => isMenuLess)
  if (given.details.isMenuLess === true || asked !== undefined)
    return [withoutMenu(asked?.serverId ?? given.details.server, lastAsker(boot) === undefined ? 'likely' : 'certain')]
  const nameless =
    facts.dhcpServers !== undefined && facts.dhcpServers.length > 0 && facts.dhcpServers.every(({filename}) => filename === undefined)
  if (given.details.filename === '' || nameless) {
    return [finding('no-filename', {certainty: 'certain', seen: `the answer with ${given.ip ?? 'its address'} names no boot file`})]
  }
  const {filename} = given.details
  const named = filename === undefined ? '' : `, and the boot file ${filename}`
  const silent = finding('loader-not-fetched', {
    certainty: filename === undefined ? 'possible' : 'likely',
    seen: `it was given ${given.ip ?? 'an address'}${named}, and asked for no file here`,
    remedies: [
      `what it is told: pxectl boot-test ${facts.host.name}`,
      `is next-server ${facts.server ?? 'the address of this machine'}? pxectl dhcp check`,
      'does a firewall let UDP port 69 in? pxectl doctor',
    ],
  })
  const architecture = lastAsker(boot)?.details.architecture
  const asks = filename === undefined && architecture !== undefined && isUefi(architecture)
  const sixty = asks
    ? [
        finding('option60-without-43', {
          certainty: 'possible',
          seen: 'UEFI has its address and asks for no file; the answer itself was not seen from here',
          remedies: [`look at the answer: pxectl why ${facts.host.name} --ask`, 'take option 60 "PXEClient" out of the DHCP configuration'],
        }),
      ]
    : []
  return [silent, ...sixty]
}

/** Without the firmware's own word it may be BIOS, which bears it better. */
function withoutMenu(server: string | undefined, certainty: 'certain' | 'likely'): Finding {
  return finding('option60-without-43', {
    certainty,
    seen: `the answer${server === undefined ? '' : ` of ${server}`} has option 60 "PXEClient" and no option 43; UEFI fetches nothing then and asks port 4011`,
  })
}
