// The demo's account for people.
import type {DemoEvents} from '../operations/demo.js'
import {renderBootStep} from './boot-test-text.js'
import {renderServeEvent} from './serve-text.js'

export function demoText(print: (line: string) => void): DemoEvents {
  let part = 0
  const indented = (text: string): void => print(text.trimEnd().replace(/^/gm, '  '))
  return {
    onPart: (title, command) => {
      part += 1
      print(`\n${part}. ${title}${command === undefined ? '' : `\n   $ ${command}`}`)
    },
    onText: indented,
    onDiff: ({diff}) => indented(diff),
    onServe: (event) => {
      const line = renderServeEvent(event, new Date())
      if (line !== undefined) indented(`| ${line}`)
    },
    onBootStep: (step) => indented(renderBootStep(step)),
  }
}
