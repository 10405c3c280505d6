// What may be wrong with next-server, filename and the conditions that choose it. Measured with dhcpd 4.4.3-P1, iPXE and OVMF:
// a host's filename beats its group's, that its subnet's, that the global one; iPXE that is given iPXE loads it for ever.
import {findChains, findStatements, stringOf, wordOf, type Arm} from '../dhcpd-conf/find-statements.js'
import {ROOT} from '../dhcpd-conf/statements.js'
import {isWord, lineOf, type Tree} from '../dhcpd-conf/tree.js'
import {findIpv4} from '../net/ipv4.js'
import {longestFilename} from './boot-table.js'
import type {ConfFile, Configuration} from './isc-load.js'
import type {CheckContext, Finding} from './server.js'

/** Builds of iPXE, by the names under which they are shipped and linked. */
const IPXE_BINARY = /(?:^|\/)(?:undionly|ipxe|snp|snponly|intel|realtek)[^/]*\.(?:kk?pxe|pxe|efi|0)$/i
const IPXE_TEST = /[ig]pxe/i

/** A `filename` that is a plain string. */
type Filename = {readonly file: ConfFile; readonly statement: number; readonly name: string; readonly scope: number}

export async function bootFindings(configuration: Configuration, context: CheckContext): Promise<Finding[]> {
  const {files} = configuration
  const filenames = files.flatMap(filenamesOf)
  const testsIpxe = files.some(({tree}) => conditionsOf(tree).some((condition) => IPXE_TEST.test(condition)))
  return [
    ...missing(configuration),
    ...longNames(filenames),
    ...files.flatMap(lateTests),
    ...(testsIpxe ? scopesThatWin(filenames, testSpots(files)) : loops(filenames)),
    ...files.flatMap(bareVendorClasses),
    ...httpWithoutClass(files),
    ...foreignServers(files, context),
    ...(await unserved(filenames, context)),
  ]
}

function filenamesOf(file: ConfFile): Filename[] {
  return file.declarations.boot.flatMap(({keyword, statement, scope}): Filename[] => {
    const name = keyword === 'filename' ? stringOf(file.tree, statement) : undefined
    return name === undefined ? [] : [{file, statement, name, scope}]
  })
}

const at = ({file, statement}: {file: ConfFile; statement: number}): {file: string; line: number} => ({
  file: file.path,
  line: lineOf(file.tree, statement),
})

function missing({main, files}: Configuration): Finding[] {
  const boot = files.flatMap((file) => file.declarations.boot)
  const absent = (['next-server', 'filename'] as const).filter((keyword) => !boot.some((declaration) => declaration.keyword === keyword))
  if (absent.length === 0) return []
  const file = files.find(({declarations}) => declarations.subnets.length > 0) ?? main
  const subnet = file.declarations.subnets[0]
  return [
    {
      severity: 'warning',
      code: 'DHCP_BOOT_OPTIONS_MISSING',
      message: `no ${absent.join(' and no ')} is declared: clients get an address and nothing to boot`,
      file: file.path,
      line: subnet === undefined ? 1 : lineOf(file.tree, subnet.statement),
      suggestion: 'pxectl dhcp apply --boot-options subnet',
    },
  ]
}

function longNames(filenames: readonly Filename[]): Finding[] {
  return filenames
    .filter(({name}) => name.length > longestFilename)
    .map((filename) => ({
      severity: 'error',
      code: 'DHCP_FILENAME_LONG',
      message: `the filename has ${filename.name.length} bytes; dhcpd cuts it at ${longestFilename + 1} without a word, and the client asks for something else`,
      ...at(filename),
      suggestion: `use a path of at most ${longestFilename} bytes`,
    }))
}

/** The conditions of `if` and `elsif`, and those by which classes match. */
function conditionsOf(tree: Tree): string[] {
  return [
    ...findChains(tree).flatMap((chain) => chain.map(({condition}) => condition)),
    ...[...findStatements(tree, 'match')].map((statement) => wordOf(tree, statement)),
  ]
}

/** iPXE sends an architecture as the ROM before it does: a test for iPXE behind one for the architecture is never reached. */
function lateTests(file: ConfFile): Finding[] {
  const {tree} = file
  const chains = findChains(tree)
  const tests = new Set(chains.flatMap((chain) => chain.filter(isIpxeTest).map(({statement}) => statement)))
  return chains.flatMap((chain): Finding[] => {
    const late = chain.find(isIpxeTest)
    const taker = late === undefined ? undefined : chain.slice(0, chain.indexOf(late)).find((arm) => takesIpxe(tree, arm, tests))
    if (late === undefined || taker === undefined) return []
    const line = lineOf(tree, taker.statement)
    return [
      {
        severity: 'error',
        code: 'DHCP_IPXE_TOO_LATE',
        message: `the test for iPXE comes behind one that iPXE passes as well (line ${line}): iPXE is given its loader again, for ever`,
        ...at({file, statement: late.statement}),
        suggestion: 'make the test for iPXE the first of the chain, or let pxectl write it: pxectl dhcp apply --boot-options subnet',
      },
    ]
  })
}

function isIpxeTest({condition}: Arm): boolean {
  return IPXE_TEST.test(condition)
}

/** Would an arm give iPXE a file? Not where it asks for a user class, or for HTTP boot, or tests for iPXE further in. */
function takesIpxe(tree: Tree, {statement, condition}: Arm, tests: ReadonlySet<number>): boolean {
  if (/user-class|HTTPClient/i.test(condition)) return false
  const {first, after} = tree.statements
  let givesFile = false
  for (let inner = statement + 1; inner < (after[statement] ?? 0); inner++) {
    if (tests.has(inner)) return false
    if (isWord(tree, first[inner] ?? 0, 'filename')) givesFile = true
  }
  return givesFile
}

function loops(filenames: readonly Filename[]): Finding[] {
  return filenames
    .filter(({name}) => IPXE_BINARY.test(name))
    .slice(0, 1)
    .map((filename) => ({
      severity: 'warning',
      code: 'DHCP_IPXE_LOOP',
      message: `${filename.name} is iPXE, and nothing gives iPXE another file: unless a script is built in, it loads itself for ever`,
      ...at(filename),
      suggestion: 'test for iPXE first: pxectl dhcp apply --boot-options subnet',
    }))
}

/** A scope in which a filename or a test for iPXE stands, and the file of it. */
type Spot = {readonly file: ConfFile; readonly scope: number}

/** The scopes that test for iPXE; the conditions around a test are no scopes. */
function testSpots(files: readonly ConfFile[]): Spot[] {
  return files.flatMap((file) =>
    findChains(file.tree).flatMap((chain) =>
      chain
        .filter(isIpxeTest)
        .map(({statement}) => ({file, scope: scopeAround(file.tree, file.tree.statements.parent[statement] ?? ROOT)})),
    ),
  )
}

function scopeAround(tree: Tree, scope: number): number {
  const {first, parent} = tree.statements
  let around = scope
  while (around !== ROOT && ['if', 'elsif', 'else'].some((word) => isWord(tree, first[around] ?? 0, word))) around = parent[around] ?? ROOT
  return around
}

/** Of the scopes that hold a filename, the inner one wins: over a test for iPXE that stands further out, too. */
const INNER_FIRST = ['host', 'group', 'pool', 'subnet', 'shared-network']

function scopesThatWin(filenames: readonly Filename[], tests: readonly Spot[]): Finding[] {
  return filenames.flatMap((filename): Finding[] => {
    const {file, scope, name} = filename
    const {first, parent} = file.tree.statements
    const owner = scope === ROOT ? undefined : INNER_FIRST.find((word) => isWord(file.tree, first[scope] ?? 0, word))
    if (owner === undefined || tests.some((test) => test.file === file && test.scope === scope)) return []
    const outer = new Set<number>()
    for (let around = scope; around !== ROOT; around = parent[around] ?? ROOT) outer.add(parent[around] ?? ROOT)
    // A host is global: also the test of a subnet in another file may be the one that counts.
    const isBeaten = owner === 'host' || tests.some((test) => test.scope === ROOT || (test.file === file && outer.has(test.scope)))
    if (!isBeaten) return []
    const isIpxe = IPXE_BINARY.test(name)
    const message = `the filename of this ${owner} beats the test for iPXE outside of it: iPXE gets ${name} as well`
    return [
      {
        severity: isIpxe ? 'error' : 'warning',
        code: 'DHCP_FILENAME_WINS',
        message: isIpxe ? `${message}, and loads itself for ever` : message,
        ...at(filename),
        suggestion: `remove the filename from the ${owner}; what a machine boots is for its menu to say: pxectl host set NAME --image IMAGE`,
      },
    ]
  })
}

/** A PXE ROM that is told PXEClient looks for a boot server list in option 43; EDK2 asks port 4011 four times, and gives up. */
function bareVendorClasses(file: ConfFile): Finding[] {
  const {tree} = file
  const {parent} = tree.statements
  const scopeOf = (statement: number): number => parent[statement] ?? ROOT
  const served = new Set(
    [...findStatements(tree, 'option', 'vendor-encapsulated-options'), ...findStatements(tree, 'vendor-option-space')].map(scopeOf),
  )
  return [...findStatements(tree, 'option', 'vendor-class-identifier')]
    .filter((statement) => stringOf(tree, statement)?.startsWith('PXEClient') === true && !served.has(scopeOf(statement)))
    .map((statement) => ({
      severity: 'error',
      code: 'DHCP_PXE_WITHOUT_43',
      message:
        'the vendor class PXEClient is sent without option 43: UEFI then looks for a boot server on port 4011 instead of loading the file',
      ...at({file, statement}),
      suggestion: 'remove that line, or add beside it: option vendor-encapsulated-options 06:01:08:ff;',
    }))
}

/** UEFI HTTP boot asks again and again until the answer's vendor class is HTTPClient, too. */
function httpWithoutClass(files: readonly ConfFile[]): Finding[] {
  const isSent = files.some(({tree}) =>
    [...findStatements(tree, 'option', 'vendor-class-identifier')].some((statement) => stringOf(tree, statement) === 'HTTPClient'),
  )
  if (isSent) return []
  return files.flatMap((file) =>
    findChains(file.tree)
      .flat()
      .filter(({condition}) => /HTTPClient|\b00 : (?:0f|10|12|13)\b/i.test(condition))
      .map(({statement}) => ({
        severity: 'error' as const,
        code: 'DHCP_HTTP_WITHOUT_60',
        message: 'UEFI HTTP boot is given a file but not the vendor class HTTPClient: it takes no such answer',
        ...at({file, statement}),
        suggestion: 'add to that block: option vendor-class-identifier "HTTPClient";',
      })),
  )
}

function foreignServers(files: readonly ConfFile[], {server}: CheckContext): Finding[] {
  if (server === undefined) return []
  return files.flatMap((file) =>
    file.declarations.boot.flatMap(({keyword, statement}): Finding[] => {
      const value = keyword === 'next-server' ? findIpv4(wordOf(file.tree, statement)) : undefined
      if (value === undefined || value === server) return []
      const message = `next-server is ${value}, not the server of this lab (${server}): its clients load from there`
      const suggestion = 'pxectl dhcp apply --boot-options subnet, or correct the setting: pxectl config set network.server ADDRESS'
      return [{severity: 'warning', code: 'DHCP_NEXT_SERVER_FOREIGN', message, ...at({file, statement}), suggestion}]
    }),
  )
}

/** Names that nothing would be served for. URLs are other servers' business. */
async function unserved(filenames: readonly Filename[], {hasBootFile}: CheckContext): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const filename of filenames) {
    const {name} = filename
    if (hasBootFile === undefined || /^[a-z]+:\/\//i.test(name) || name.length > longestFilename || (await hasBootFile(name))) continue
    findings.push({
      severity: 'warning',
      code: 'DHCP_FILENAME_UNSERVED',
      message: name === '' ? 'the filename is empty' : `there is no ${name} below the TFTP root`,
      ...at(filename),
      suggestion: 'pxectl loader install, or put the file there',
    })
  }
  return findings
}
