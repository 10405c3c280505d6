// The part of `dhcp migrate --prove` that runs on the private network: questions in, one line for each answer out.
import {askMany, type DhcpQuestion} from '../dhcp4/ask-many.js'
import type {LeaseOutcome} from '../dhcp4/lease-exchange.js'
import type {Ipv4} from '../net/ipv4.js'
import {readBytes} from '../system/files.js'
import type {ProofAnswer} from './prove-compare.js'

/** What the other side writes to a file, as JSON. */
export type AskRequest = {readonly server: Ipv4; readonly timeoutMs: number; readonly questions: readonly DhcpQuestion[]}

/** One line of our answer. */
export type AskLine = {readonly index: number; readonly answer: ProofAnswer}

/** The file is of our own making (prove-migration.ts). */
export async function askDhcpFromFile(path: string, onLine: (line: AskLine) => void): Promise<void> {
  const {server, timeoutMs, questions} = JSON.parse((await readBytes(path)).toString()) as AskRequest
  await askMany(questions, {server, timeoutMs, onAnswer: (index, outcome) => onLine({index, answer: answerOf(outcome)})})
}

function answerOf(outcome: LeaseOutcome): ProofAnswer {
  if (outcome.kind !== 'leased') return {kind: outcome.kind}
  const {yiaddr, siaddr, filename, serverName, options} = outcome.ack
  return {
    kind: 'leased',
    ip: yiaddr,
    nextServer: siaddr,
    filename,
    serverName,
    options: Object.fromEntries([...options].map(([code, bytes]) => [String(code), Buffer.from(bytes).toString('hex')])),
  }
}
