// The proof of a migration as people read it: a line for each machine, and under it what the two daemons say differently.
import type {Proof, ProvedClient} from '../operations/prove-judge.js'
import {escapeControl} from './escape.js'
import {renderTable} from './table.js'

export function renderProof({ok, asked, equal, unanswered, clients}: Proof): string {
  const rows = clients.map((client) => [client.name, client.mac, client.subnet, client.address ?? '-', verdictOf(client)])
  const [header = '', ...lines] = renderTable(['machine', 'mac', 'subnet', 'address', 'dhcpd and Kea'], rows, Infinity).split('\n')
  const body = lines.flatMap((line, index) => [line, ...differencesOf(clients[index])])
  const silence = unanswered === 0 ? '' : `, ${unanswered} of them none`
  const verdict = ok
    ? `dhcpd and Kea give the same answer to all ${asked} questions${silence}`
    : `dhcpd and Kea differ in ${asked - equal} of ${asked} answers`
  return escapeControl([header, ...body, verdict].join('\n'), {keepNewlines: true})
}

function verdictOf({asked, equal}: ProvedClient): string {
  return equal === asked ? 'the same' : `${asked - equal} of ${asked} answers differ`
}

function differencesOf(client: ProvedClient | undefined): string[] {
  return (client?.differences ?? []).map(
    ({as, field, dhcpd, kea}) =>
      `  ${field}: dhcpd ${quoted(dhcpd)}, Kea ${quoted(kea)}   (as ${as.length === client?.asked ? 'whatever it asks' : as.join(', ')})`,
  )
}

function quoted(value: string | null): string {
  return value === null ? 'says nothing' : `says ${value}`
}
