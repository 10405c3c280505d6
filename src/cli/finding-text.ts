// Findings of a check as people read them: place, weight, what, and how to mend it.
import type {Finding} from '../operations/check-dhcp.js'

export function renderFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'no problems found'
  return findings.map(renderFinding).join('\n')
}

/** One finding: its place, its weight, what it is, and how to mend it. */
export function renderFinding(finding: Finding): string {
  const place = finding.file === undefined ? '' : `${finding.file}${finding.line === undefined ? '' : `:${finding.line}`}: `
  return `${place}${finding.severity}: ${finding.message}${finding.suggestion === undefined ? '' : `\n  * ${finding.suggestion}`}`
}
