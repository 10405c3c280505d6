// The verdict of a proof: for each machine, what the two daemons say differently. Pure.
import {type AskingKind, askingKinds} from '../dhcp4/ask-many.js'
import {compareAnswers, poolsOf, type ProofAnswer, type ProofDifference} from './prove-compare.js'
import type {ProofClient, ProofPlan} from './prove-plan.js'

/** How one machine fared; `asked` kinds of asking, of which `equal` got the same answer from both. */
export type ProvedClient = ProofClient & {
  /** What dhcpd gave it last; null: nothing. */
  readonly address: string | null
  readonly asked: number
  readonly equal: number
  readonly differences: readonly (ProofDifference & {readonly as: readonly AskingKind[]})[]
}

export type Proof = {
  /** Both daemons say the same to everybody. */
  readonly ok: boolean
  readonly asked: number
  readonly equal: number
  /** Questions that neither of them answers; they count as equal. */
  readonly unanswered: number
  readonly clients: readonly ProvedClient[]
  readonly warnings: readonly string[]
}

/** Puts answers side by side. Pure. */
export function judge(
  {clients, warnings}: Pick<ProofPlan, 'clients' | 'warnings'>,
  dhcpd: readonly ProofAnswer[],
  kea: readonly ProofAnswer[],
  config: Readonly<Record<string, unknown>>,
): Proof {
  const poolOf = poolsOf(config)
  const silent: ProofAnswer = {kind: 'silent'}
  let unanswered = 0
  const proved = clients.map((client, number): ProvedClient => {
    const byDifference = new Map<string, ProofDifference & {as: AskingKind[]}>()
    let equal = 0
    let address: string | null = null
    for (const [offset, as] of askingKinds.entries()) {
      const index = number * askingKinds.length + offset
      const [left, right] = [dhcpd[index] ?? silent, kea[index] ?? silent]
      if (left.kind === 'leased') address = left.ip
      if (left.kind !== 'leased' && right.kind !== 'leased') unanswered++
      const differences = compareAnswers(left, right, poolOf)
      if (differences.length === 0) equal++
      for (const difference of differences) {
        const key = JSON.stringify(difference)
        const same = byDifference.get(key)
        if (same === undefined) byDifference.set(key, {as: [as], ...difference})
        else same.as.push(as)
      }
    }
    return {...client, address, asked: askingKinds.length, equal, differences: [...byDifference.values()]}
  })
  const asked = clients.length * askingKinds.length
  const equal = proved.reduce((sum, client) => sum + client.equal, 0)
  return {ok: equal === asked, asked, equal, unanswered, clients: proved, warnings}
}
