// What the real `dhcpd -t` says of a file is the same before an edit and after it, for every sample and every tricky case.
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {setBootOptions} from '../../src/dhcpd-conf/boot-options.js'
import {editHosts} from '../../src/dhcpd-conf/edit.js'
import {findDeclarations} from '../../src/dhcpd-conf/find.js'
import {findError, parseDhcpdConf} from '../../src/dhcpd-conf/parse.js'
import {applySplices, type Splice} from '../../src/dhcpd-conf/splice.js'
import {ROOT} from '../../src/dhcpd-conf/statements.js'
import type {Tree} from '../../src/dhcpd-conf/tree.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {corpus, samples, type Sample} from '../dhcpd-conf/corpus.js'
import {trickyCases} from '../dhcpd-conf/tricky-cases.js'
import {sampleBootBlock} from '../dhcpd-conf/sample-boot-block.js'
import {run} from './support/programs.js'

type Verdict = 'accepts' | 'refuses' | 'crashes'

let folder: string
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'pxectl-verdict-'))))
afterAll(() => rm(folder, {recursive: true}))

async function verdictOf(bytes: Buffer): Promise<Verdict> {
  const path = join(folder, 'dhcpd.conf')
  await writeFile(path, bytes)
  const {exitCode} = await run(['dhcpd', '-t', '-cf', path])
  if (exitCode === 0) return 'accepts'
  return exitCode === 1 ? 'refuses' : 'crashes'
}

const entry = {name: 'pxectl-new', mac: parseMac('52:54:00:00:00:09'), ip: parseIpv4('10.0.0.9')}

/** Each kind of addition: a host, and boot options, at root and in the first subnet. */
function additionsTo(tree: Tree): Splice[][] {
  const subnet = findDeclarations(tree).subnets.slice(0, 1)
  return [ROOT, ...subnet.map(({statement}) => statement)].flatMap((scope) => [
    editHosts(tree, {update: [], remove: [], add: [{entry, into: scope}]}),
    setBootOptions(tree, scope, sampleBootBlock),
  ])
}

/** The first host with another address; an update may heal a file, but not break it. */
function updatesOf(tree: Tree): Splice[][] {
  return findDeclarations(tree)
    .hosts.slice(0, 1)
    .map((host) => editHosts(tree, {update: [{host, entry: {...entry, name: host.name.text}}], remove: [], add: []}))
}

async function expectSameVerdict(sample: Sample): Promise<Verdict> {
  const tree = parseDhcpdConf(sample.bytes)
  const before = await verdictOf(sample.bytes)
  if (findError(tree) !== undefined) return before
  for (const splices of [...additionsTo(tree), ...(before === 'accepts' ? updatesOf(tree) : [])]) {
    const after = applySplices(sample.bytes, splices)
    if ((await verdictOf(after)) !== before)
      expect(after.toString('latin1'), `${sample.name}: dhcpd ${before} it without the edit`).toBe('')
  }
  return before
}

test.each(trickyCases)('$name', async ({name, text, dhcpd}) => {
  expect(await expectSameVerdict({name, bytes: Buffer.from(text, 'latin1')})).toBe(dhcpd)
})

test.each([...samples, ...corpus])('$name', async (sample) => {
  const verdict = await expectSameVerdict(sample)
  expect(verdict).not.toBe('crashes')
})
