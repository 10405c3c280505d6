// The answer of a probing script into the facts of a machine. Text in, a value or an error out.
import {PxectlError} from '../errors.js'
import {machineHypervisors, type MachineFacts, type MachineHypervisor, type SystemFacts} from './facts.js'
import {parseLinux} from './parse-linux.js'
import {parseFreebsd, parseIllumos, parseMacos, parseWindows} from './parse-others.js'
import {splitSections, type Sections} from './sections.js'

/** By what `uname -s` says; SunOS 5.11 is illumos or Solaris 11, which answer alike. */
const PARSERS: readonly (readonly [RegExp, (sections: Sections) => Partial<SystemFacts>])[] = [
  [/^Linux$/, parseLinux],
  [/^Darwin$/, parseMacos],
  [/^FreeBSD$/, parseFreebsd],
  [/^SunOS$/, parseIllumos],
  [/^(?:Windows|MINGW|MSYS|CYGWIN)/, parseWindows],
]

/** Throws MACHINE_NO_FACTS, MACHINE_ANSWER_CUT, MACHINE_SYSTEM_UNKNOWN or MACHINE_FACTS_INCOMPLETE. */
export function parseFacts(answer: string, about: {readonly name: string; readonly probedAt: string}): MachineFacts {
  const {name} = about
  const split = splitSections(answer)
  if (split.kind === 'none') throw noFacts(name, answer)
  if (split.kind === 'cut') {
    throw refusal('MACHINE_ANSWER_CUT', `the answer of ${name} broke off`, name, [`try again: pxectl machine probe ${name}`])
  }
  const system = split.sections.get('uname') ?? ''
  const parse = PARSERS.find(([pattern]) => pattern.test(system))?.[1]
  if (parse === undefined) {
    throw refusal('MACHINE_SYSTEM_UNKNOWN', `${name} runs ${JSON.stringify(system)}, whose facts this version cannot read`, name, [
      'give the size yourself: --cpus and --memory of pxectl vm create',
    ])
  }
  const {os, cpus, memoryBytes, ...rest} = parse(split.sections)
  if (os === undefined || cpus === undefined || memoryBytes === undefined) {
    const missing = [...(cpus === undefined ? ['its CPUs'] : []), ...(memoryBytes === undefined ? ['its memory'] : [])].join(' and ')
    throw refusal('MACHINE_FACTS_INCOMPLETE', `${name} (${system}) did not tell ${missing}`, name, [
      'come as a user who may read them: --remote-user root',
      'or give the size yourself: --cpus and --memory of pxectl vm create',
    ])
  }
  return {...about, os, cpus, memoryBytes, ...rest, hypervisors: parseHypervisors(split.sections.get('hypervisors') ?? '')}
}

/** `kind=path` lines; the first of a kind counts. */
function parseHypervisors(text: string): MachineHypervisor[] {
  const lines = text.split('\n')
  return machineHypervisors.flatMap((kind) => {
    const path = lines
      .find((line) => line.startsWith(`${kind}=`))
      ?.slice(kind.length + 1)
      .trim()
    return path === undefined || path === '' ? [] : [{kind, path}]
  })
}

const SHOWN_CHARACTERS = 200

function noFacts(name: string, answer: string): PxectlError {
  const printed = answer.trim().slice(0, SHOWN_CHARACTERS)
  const what = printed === '' ? 'printed nothing' : `printed: ${printed}`
  return refusal('MACHINE_NO_FACTS', `${name} let us in, but ran no commands; its login shell ${what}`, name, [
    'come as a user with an ordinary login shell: --remote-user root',
  ])
}

function refusal(code: string, message: string, machine: string, suggestions: readonly string[]): PxectlError {
  return new PxectlError(message, {code, kind: 'external', details: {machine}, suggestions})
}
