// The schema of lab.yaml, by which editors complete, is a file; the program's own is made from the same value.
import {expect, test} from 'vitest'
import {imageTypes} from '../../src/images/manifest.js'
import {smartosConsoles} from '../../src/images/smartos-options.js'
import {labSchema} from '../../src/lab-file/schema.js'
import {hypervisors} from '../../src/lab/settings.js'
import {settingSummaries} from '../../src/operations/open-lab-file.js'
import {expectFixture} from '../support/fixture.js'

test('docs/lab.schema.json is the schema of the program', () => {
  expectFixture('../docs/lab.schema.json', `${JSON.stringify(labSchema(settingSummaries()), undefined, 2)}\n`)
})

test('its choices are those of the commands', () => {
  const {$defs} = labSchema([]) as {$defs: Record<string, {properties: Record<string, {enum?: readonly string[]}>}>}
  expect($defs['image']?.properties['type']?.enum).toEqual(imageTypes)
  expect($defs['image']?.properties['console']?.enum).toEqual(smartosConsoles)
  expect($defs['vm']?.properties['hypervisor']?.enum).toEqual(hypervisors)
})
