// Nothing is seen of the machine. Where else may its questions have gone, or who else knocks?
import {stepWords} from './boot-event.js'
import {finding, type BootCase, type Finding, type UnknownClient} from './finding.js'
import {ago} from './looking.js'

/** Whoever knocked so long ago is not it. */
const RECENT_MS = 24 * 3_600_000

/** Nobody at all for so long: the server is off, or hears nothing. */
const QUIET_MS = 10 * 60_000

/** A boot that is over by so much says nothing of one that was tried just now. */
const OLD_MS = 60 * 60_000

/** A machine that is no host. */
export function strangerRule({state, facts}: BootCase): Finding[] {
  const {host} = facts
  if (host.isKnown) return []
  const seen = `${host.mac} was seen${state.step === undefined ? '' : ` and ${stepWords[state.step]}`}; no host has this MAC address`
  return [
    finding('not-a-host', {
      certainty: 'certain',
      seen,
      remedies: [`pxectl add-host NAME --from ${host.mac}`, 'pxectl host list --unknown'],
    }),
  ]
}

export function unseenRule({state, facts}: BootCase): Finding[] {
  const {host, nowMs} = facts
  const isOld = state.lastSeenMs !== undefined && nowMs - state.lastSeenMs > OLD_MS && state.condition === 'stuck'
  if (state.condition !== 'unseen' && !isOld) return []
  const recent = facts.unknown.filter(({lastMs}) => nowMs - lastMs < RECENT_MS)
  const alike = recent.find(({mac}) => macDistance(mac, host.mac) <= 2)
  const seen =
    state.lastSeenMs === undefined
      ? `nothing was ever seen of ${host.name} (${host.mac})`
      : `${host.name} (${host.mac}) was seen last ${ago(state.lastSeenMs, nowMs)}`
  if (alike !== undefined) return [mistyped(alike, `${seen}; ${alike.mac}, which is no host, asked ${ago(alike.lastMs, nowMs)}`, host.name)]
  if (facts.lastSeenMs === undefined || nowMs - facts.lastSeenMs > QUIET_MS) {
    const others =
      facts.lastSeenMs === undefined ? 'nor of any other machine' : `and no machine at all since ${ago(facts.lastSeenMs, nowMs)}`
    return [finding('nobody-seen', {certainty: 'likely', seen: `${seen}, ${others}`})]
  }
  const nat = host.mac.startsWith('08:00:27')
    ? [finding('virtualbox-nat', {certainty: 'possible', seen: `${seen}; the MAC address is of a VirtualBox machine`})]
    : []
  return [unseen(seen, recent, host.name), ...nat]
}

function mistyped({mac}: UnknownClient, seen: string, name: string): Finding {
  return finding('mac-mistyped', {
    certainty: 'likely',
    seen,
    cause: `the MAC address of ${name} in the database is mistyped, or the machine has a second card`,
    remedies: [`pxectl host set ${name} --mac ${mac}`, `or it is another machine: pxectl add-host --from ${mac}`],
  })
}

function unseen(seen: string, recent: readonly UnknownClient[], name: string): Finding {
  const [newest] = recent
  const knocks =
    newest === undefined
      ? 'other hosts were seen meanwhile'
      : `${recent.length} unknown ${recent.length === 1 ? 'machine knocks' : 'machines knock'}, the last one ${newest.mac}`
  const adopt =
    newest === undefined ? [] : [`if it is one of them: pxectl host set ${name} --mac ${newest.mac}`, 'pxectl host list --unknown']
  return finding('no-discover', {
    certainty: 'certain',
    seen: `${seen}; ${knocks}`,
    remedies: [
      ...adopt,
      'look at the machine: is it on, is the network first in its boot order, is the cable in, does its port belong to the VLAN of the lab?',
      'a virtual machine: is its card on the network of the lab? pxectl doctor',
    ],
  })
}

/** How many digits differ; two swapped ones are two. */
export function macDistance(a: string, b: string): number {
  return [...a].filter((digit, index) => digit !== b[index]).length
}
