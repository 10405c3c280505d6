// A boot test as people read it: one line per step as it happens, and at a failure what mends it.
import type {BootTestResult, BootTestStep} from '../operations/boot-test.js'
import type {VmBootTest} from '../operations/boot-test-vm.js'
import {escapeControl} from './escape.js'
import {renderBytes} from './table.js'

/** `ok    kernel  images/debian/vmlinuz  8.2 MB in 210 ms by HTTP` */
export function renderBootStep(step: BootTestStep): string {
  const size = step.bytes === undefined ? '' : ` ${renderBytes(step.bytes)}`
  const time = ` in ${Math.round(step.durationMs)} ms`
  const detail = step.detail === '' ? '' : `: ${step.detail}`
  return escapeControl(`${step.ok ? 'ok    ' : 'FAILED'} ${step.step.padEnd(6)} ${step.what}${size}${time}${detail}`)
}

export function renderBootVerdict(result: BootTestResult): string {
  const head = `${result.host} (${result.firmware}) ${result.ok ? 'would boot' : 'would not boot'}`
  const suggestions = result.failure?.suggestions ?? []
  return suggestions.length === 0 ? head : [head, 'Try this:', ...suggestions.map((suggestion) => `  * ${suggestion}`)].join('\n')
}

/** What the firmware fetched, what was missing, and the end of the serial line. */
export function renderVmTest(result: VmBootTest): string {
  const steps = result.steps.map((step) => `${step.ok ? 'ok    ' : 'FAILED'} ${step.step}: ${step.detail}`)
  const files = result.files.map((file) => `  ${file.protocol} ${file.name} ${file.ok ? renderBytes(file.bytes) : 'not got'}`)
  const serial = result.ok ? [] : ['serial line:', ...result.serial.map((line) => `  | ${line}`)]
  const verdict = `${result.host} (${result.firmware}, real firmware) ${result.ok ? 'boots' : 'does not boot'}`
  return escapeControl([...steps, 'fetched:', ...files, ...serial, verdict].join('\n'), {keepNewlines: true})
}
