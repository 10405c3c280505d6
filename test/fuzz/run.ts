// A longer fuzz run than the property tests of the suite: npm run fuzz [-- --seconds N] [--seed N] [--only WORDS], or FUZZ_SECONDS.
// The time is shared by all properties. A failure prints the smallest example and the seed that finds it again; the exit status is 1.
import fc from 'fast-check'
import {dhcp4Properties} from './dhcp4.js'
import {httpProperties} from './http.js'
import {openHttpConversations} from './http-conversations.js'
import {tftpProperties} from './tftp.js'
import {openTftpConversations} from './tftp-conversations.js'
import {type FuzzProperty, valueOf} from './fuzz-property.js'

const seconds = Number(valueOf('--seconds') ?? process.env['FUZZ_SECONDS'] ?? 60)
const seed = Number(valueOf('--seed') ?? Date.now() & 0x7fff_ffff)
const only = valueOf('--only') ?? ''

if (!(seconds > 0) || Number.isNaN(seed)) throw new Error('usage: npm run fuzz -- [--seconds N] [--seed N] [--only WORDS]')

const conversations = [await openTftpConversations(), await openHttpConversations()]
const all: readonly FuzzProperty[] = [
  ...tftpProperties,
  ...httpProperties,
  ...dhcp4Properties,
  ...conversations.map((conversation) => conversation.property),
]
const chosen = all.filter(({name}) => name.includes(only))
// A conversation costs a thousand times what a codec does.
const weights = chosen.reduce((sum, {weight}) => sum + weight, 0)
let failed = 0
// What Node complains of in a server is a fault too: a file closed by the garbage collector, a promise that nobody watched.
const complaints = new Map<string, number>()
process.on('warning', ({message}) => {
  const complaint = message.replaceAll(/\d+/g, 'N')
  complaints.set(complaint, (complaints.get(complaint) ?? 0) + 1)
})
console.log(`fuzzing ${chosen.length} properties for ${seconds} s with seed ${seed}`)
for (const {name, property, weight} of chosen) {
  const details = await fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: (seconds * 1000 * weight) / weights,
    markInterruptAsFailure: false,
    endOnFailure: false,
  })
  console.log(`${details.failed ? 'FAILED' : 'ok    '} ${name}: ${details.numRuns} runs`)
  if (!details.failed) continue
  failed += 1
  console.error(await fc.asyncDefaultReportMessage(details))
}
for (const conversation of conversations) await conversation.close()
// Warnings are told on the next turn.
await new Promise((resolve) => setImmediate(resolve))
for (const [complaint, count] of complaints) console.error(`FAILED ${count} × ${complaint}`)
process.exitCode = failed + complaints.size === 0 ? 0 : 1
