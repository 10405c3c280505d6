// `dhcp migrate --prove`: the real dhcpd with the old configuration and the real Kea with the new one, each on a private network
// of its own, are asked the same for every known host; what they say differently is told. Neither server of this computer, nor
// any network of it, takes part; files are in a temporary folder. What is started ends with us, however we end (vm/namespace.ts).
import {join} from 'node:path'
import type {Configuration} from '../dhcp/isc-load.js'
import {type KnownMachine, knownMachines, knownSubnets} from '../dhcp/known-machines.js'
import {PxectlError} from '../errors.js'
import type {Mac} from '../net/mac.js'
import type {CommandLine, Exec} from '../system/exec.js'
import {makeFolder, makeTemporaryFolder, removeTree, writeAtomic} from '../system/files.js'
import type {Start, StartedProgram} from '../system/start.js'
import {openCable} from '../vm/cable.js'
import type {AskLine, AskRequest} from './ask-dhcp.js'
import type {ProofAnswer} from './prove-compare.js'
import {type Daemon, findDaemons, prepareDhcpd, prepareKea, startDaemon} from './prove-daemons.js'
import {judge, type Proof} from './prove-judge.js'
import {planProof, type ProofPlan} from './prove-plan.js'

export type ProveOptions = {
  /** More hosts than the configuration declares: those of the lab. */
  readonly hosts: readonly KnownMachine[]
  /** Hardware addresses of which nothing is known. */
  readonly unknown: readonly Mac[]
  /** The words that start this program, e.g. node and the path of pxectl's bin.js. */
  readonly pxectl: Pick<CommandLine, 'file' | 'args'>
  readonly isRoot: boolean
  readonly exec: Exec
  readonly start: Start
  /** When it is aborted, all is cleaned up, and its reason thrown. */
  readonly signal: AbortSignal
  readonly onProgress: (step: string) => void
}

const ANSWER_TIMEOUT_MS = 6000
const LOOK_EVERY_MS = 100
/** So long without one more answer, and the asking has failed. */
const STALLED_MS = 60_000

/** Throws where it cannot be proved: PRIVILEGE_MISSING, PROGRAM_MISSING, NAMESPACE_REFUSED, DHCPD_REFUSED … */
export async function proveMigration(old: Configuration, config: Readonly<Record<string, unknown>>, options: ProveOptions): Promise<Proof> {
  refuseElsewhere(options.isRoot)
  const programs = await findDaemons(options.exec)
  const machines = withHosts(knownMachines(old.files), options.hosts)
  const plan = planProof({...knownSubnets(old.files), machines, unknown: options.unknown})
  if (plan === undefined) throw nothingToAsk(old.main.path)
  const folder = await makeTemporaryFolder('pxectl-prove-')
  try {
    const places = {dhcpd: join(folder, 'dhcpd'), kea: join(folder, 'kea')}
    for (const place of Object.values(places)) await makeFolder(place)
    const daemons = [await prepareDhcpd(programs.dhcpd, old, places.dhcpd), await prepareKea(programs.kea, config, places.kea)] as const
    const request: AskRequest = {server: plan.cable.server, timeoutMs: ANSWER_TIMEOUT_MS, questions: plan.questions}
    const questions = join(folder, 'questions.json')
    await writeAtomic(questions, JSON.stringify(request), {mode: 0o600})
    options.onProgress(`asking dhcpd and Kea ${plan.questions.length} questions each, for ${plan.clients.length} machines`)
    const total = progressOf(plan.questions.length, options.onProgress)
    const [dhcpd, kea] = await bothOrNone(
      options.signal,
      daemons.map((daemon) => (signal) => askDaemon(daemon, questions, plan, {...options, signal, onProgress: total(daemon.name)})),
    )
    return judge(plan, dhcpd ?? [], kea ?? [], config)
  } finally {
    await removeTree(folder)
  }
}

/** A host of the lab that the configuration has, too, is asked about once. */
function withHosts(declared: readonly KnownMachine[], hosts: readonly KnownMachine[]): KnownMachine[] {
  const known = new Set(declared.map(({mac}) => mac))
  return [...declared, ...hosts.filter(({mac}) => !known.has(mac))]
}

/** Runs all; when one fails or the signal comes, the others end as well. Returns, or throws the first failure, when all have ended. */
async function bothOrNone<T>(signal: AbortSignal, works: readonly ((signal: AbortSignal) => Promise<T>)[]): Promise<T[]> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const ended = await Promise.allSettled(
    works.map(async (work) => {
      try {
        return await work(either)
      } catch (error) {
        failed.abort(error)
        throw error
      }
    }),
  )
  either.throwIfAborted()
  return ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

type AskOptions = Pick<ProveOptions, 'isRoot' | 'exec' | 'start' | 'signal' | 'pxectl'> & {readonly onProgress: (answers: number) => void}

/** The answers in the order of the questions. */
async function askDaemon(daemon: Daemon, questions: string, {cable: network, questions: {length}}: ProofPlan, options: AskOptions) {
  const {start, signal, pxectl} = options
  const cable = await openCable(network, options)
  try {
    const running = await startDaemon(daemon, cable.server.inside, start, signal)
    const asker = await start(cable.asker.inside({file: pxectl.file, args: [...pxectl.args, 'dhcp', 'ask', questions]}))
    const answers = new Array<ProofAnswer>(length).fill({kind: 'silent'})
    for (const {index, answer} of await answersOf(asker, length, daemon, running, options)) answers[index] = answer
    return answers
  } finally {
    await cable.close()
  }
}

async function answersOf(
  asker: StartedProgram,
  wanted: number,
  daemon: Daemon,
  running: StartedProgram,
  {signal, onProgress}: AskOptions,
): Promise<AskLine[]> {
  let count = 0
  let since = performance.now()
  for (;;) {
    const isRunning = asker.isRunning()
    const lines = asker.stdout().split('\n').slice(0, -1)
    if (lines.length >= wanted) return lines.map((line) => JSON.parse(line) as AskLine)
    signal.throwIfAborted()
    if (lines.length > count) {
      count = lines.length
      since = performance.now()
      onProgress(count)
    }
    if (!running.isRunning()) throw askingFailed(`${daemon.name} ended`, daemon.words(running))
    if (!isRunning) throw askingFailed('the program that asks ended', asker.stderr().trim())
    if (performance.now() - since > STALLED_MS) throw askingFailed('no more answers came', '')
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

/** One line for every tenth of all answers. */
function progressOf(questions: number, onProgress: (step: string) => void): (name: string) => (answers: number) => void {
  const counts = new Map<string, number>()
  let told = 0
  return (name) => (answers) => {
    counts.set(name, answers)
    const tenth = Math.floor(([...counts.values()].reduce((sum, count) => sum + count, 0) * 10) / (2 * questions))
    if (tenth <= told) return
    told = tenth
    onProgress(`${tenth * 10} % of the answers`)
  }
}

function refuseElsewhere(isRoot: boolean): void {
  if (process.platform === 'linux' && isRoot) return
  const isLinux = process.platform === 'linux'
  throw new PxectlError(
    `the migration can be proved only ${isLinux ? 'by root' : 'on Linux'}: it needs network namespaces; nothing was written`,
    {
      code: isLinux ? 'PRIVILEGE_MISSING' : 'SYSTEM_UNSUPPORTED',
      kind: 'environment',
      suggestions: [isLinux ? 'run the same as root' : 'run it on the Linux machine of the DHCP server', 'or convert without --prove'],
    },
  )
}

function nothingToAsk(path: string): PxectlError {
  return new PxectlError(`${path} declares no subnet with room for the two addresses of a proof; nothing was written`, {
    code: 'NOTHING_TO_PROVE',
    kind: 'invalidData',
    details: {path},
    suggestions: ['convert without --prove'],
  })
}

function askingFailed(what: string, said: string): PxectlError {
  return new PxectlError(`the migration could not be proved: ${what}; nothing was written${said === '' ? '' : `\n${said}`}`, {
    code: 'PROOF_FAILED',
    kind: 'external',
    details: {output: said},
    suggestions: ['run it again when the machine is less busy', 'or convert without --prove'],
  })
}
