// The facts of a machine that a VM is to be like: asked now or, where it cannot be reached, what was known of it before.
import type {Lab} from '../lab/open-lab.js'
import {decodeFacts, type MachineFacts} from '../machine/facts.js'
import {PxectlError} from '../errors.js'
import {checkSshTarget, type SshTarget} from '../system/ssh-target.js'
import {ageText, machineRecord, secondsSince} from './machine-json.js'
import {probeMachine} from './probe-machines.js'

export type ReferOptions = {
  /** Without them: those with which the machine was last reached. */
  readonly user?: string
  readonly port?: number
  readonly timeoutMs: number
  readonly now: Date
  /** Keep nothing in the database. */
  readonly dryRun?: boolean
}

export type ReferredMachine = {
  readonly facts: MachineFacts
  readonly source: 'probed' | 'remembered'
  readonly warnings: readonly string[]
}

/**
 * What means that the machine is off, away or moved. A key that changed, or a login that is refused, is for the user to look at:
 * the machine may be another one now.
 */
const AWAY: readonly string[] = ['SSH_NAME_UNKNOWN', 'SSH_REFUSED', 'SSH_UNREACHABLE', 'SSH_TIMEOUT', 'SSH_CLOSED', 'PROGRAM_MISSING']

/** Throws what the probe throws, where nothing is remembered or the machine is not merely away. */
export async function referMachine(lab: Lab, name: string, options: ReferOptions): Promise<ReferredMachine> {
  const record = await lab.machines.find(name)
  const [user, port] = [options.user ?? record?.remoteUser, options.port ?? record?.port]
  const target: SshTarget = {host: name, ...(user === undefined ? {} : {user}), ...(port === undefined ? {} : {port})}
  checkSshTarget(target)
  try {
    const facts = await probeMachine(target, options)
    if (options.dryRun !== true) await lab.machines.put([machineRecord(facts, target)])
    return {facts, source: 'probed', warnings: []}
  } catch (error) {
    if (!(error instanceof PxectlError) || !AWAY.includes(error.code) || record === undefined) throw error
    const facts = decodeFacts(record)
    const age = ageText(secondsSince(facts.probedAt, options.now))
    return {facts, source: 'remembered', warnings: [`${error.message}; its facts of ${facts.probedAt} are used, ${age} old`]}
  }
}
