// What `pxectl doctor` found, for people: a line for each part of the lab, and below it what is wrong with it.
//
//   ok       network  192.168.56.1 on eth1
//   ERROR    loaders
//            BIOS machines are told to load undionly.kpxe, and it is not in the TFTP root
//              * pxectl loader install
import type {Finding} from '../operations/check-dhcp.js'
import type {Examination} from '../operations/examine-lab.js'
import type {Examined} from '../operations/examined.js'
import type {Mended} from '../operations/mend-lab.js'
import {renderFinding} from './finding-text.js'

export function renderExamination({ok, parts}: Examination): string {
  const verdict = ok ? 'this lab can boot a host' : 'this lab cannot boot a host yet'
  return [...parts.flatMap(renderPart), verdict].join('\n')
}

const WEIGHTS: readonly Finding['severity'][] = ['error', 'warning', 'note']

function renderPart({part, detail, findings}: Examined): string[] {
  const worst = WEIGHTS.find((weight) => findings.some(({severity}) => severity === weight))
  const word = worst === undefined ? 'ok' : worst === 'error' ? 'ERROR' : worst
  const lines = findings.flatMap((finding) => renderFinding(finding).split('\n'))
  return [`${word.padEnd(8)} ${part.padEnd(8)} ${detail}`.trimEnd(), ...lines.map((line) => `${' '.repeat(9)}${line}`)]
}

/** What `--fix` did, or would do, about a finding. */
export function renderMended({does, outcome, message}: Mended): string {
  if (outcome === 'failed') return `not mended: ${does}: ${message ?? ''}`
  return `${outcome === 'done' ? 'mended' : 'would mend'}: ${does}`
}
