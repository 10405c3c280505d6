// Adding a host is one transaction: whatever part fails, all are as before; a process that died is cleaned up after.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {expect, onTestFinished, test} from 'vitest'
import type {DhcpServer} from '../../src/dhcp/server.js'
import {PxectlError} from '../../src/errors.js'
import {findJournal, writeJournal} from '../../src/lab/journal.js'
import {openLab, type Lab} from '../../src/lab/open-lab.js'
import {parseHostname} from '../../src/net/hostname.js'
import {addHost} from '../../src/operations/add-host.js'
import {recoverLab} from '../../src/operations/recover-lab.js'
import {refreshBootFiles} from '../../src/operations/refresh-boot-files.js'
import {DHCPD_CONF, makeLab, type TestLab} from '../support/lab.js'

const wanted = {name: parseHostname('tk2'), dhcp: true, auto: false}
const options = {random: () => 7, now: () => new Date(0)}

async function openTestLab(): Promise<{lab: Lab; made: TestLab}> {
  const made = await makeLab({isc: true})
  const lab = await openLab({configFlag: made.config, environment: {}, workingFolder: made.folder})
  onTestFinished(() => lab.close())
  return {lab, made}
}

/** Files and bytes that a change may touch. */
function filesOf(made: TestLab): Map<string, string> {
  const names = readdirSync(made.folder, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile())
  const paths = names.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !/\.lock$|pxe\.db$|\.conf\.pxectl-/.test(path))
  return new Map(paths.map((path) => [path, readFileSync(path, 'latin1')]))
}

const fails = async (): Promise<never> => {
  throw new Error('broken')
}

function withDhcp(lab: Lab, broken: Partial<DhcpServer>): Lab {
  return {...lab, dhcp: async () => ({...(await lab.dhcp?.()), ...broken}) as DhcpServer}
}

test.each<[string, (lab: Lab) => Lab]>([
  ['the DHCP server refuses', (lab) => withDhcp(lab, {apply: fails})],
  ['the database cannot be written', (lab) => ({...lab, store: {...lab.store, write: fails}})],
])('when %s, the other parts are as before', async (_, breakIt) => {
  const {lab, made} = await openTestLab()
  const before = filesOf(made)
  await expect(addHost(breakIt(lab), wanted, options)).rejects.toThrow('broken')
  expect(filesOf(made)).toEqual(before)
  expect(await lab.store.list()).toEqual([])
  // And nothing of the failure is in the way of the next try.
  expect((await addHost(lab, wanted, options)).answer.host.ip).toBe('192.168.56.100')
})

test('when undoing fails too, both are told, and the journal stays for the next command', async () => {
  const {lab, made} = await openTestLab()
  const broken = {...withDhcp(lab, {undo: fails}), store: {...lab.store, write: fails}}
  await expect(addHost(broken, wanted, options)).rejects.toMatchObject({code: 'UNDO_FAILED', message: expect.stringContaining('broken')})
  expect(await findJournal(lab.journalPath)).toBeDefined()
  expect((await recoverLab(lab)).join()).toContain('an interrupted change was undone')
  expect(readFileSync(made.dhcpdConf, 'utf8')).toBe(DHCPD_CONF)
  expect(await findJournal(lab.journalPath)).toBeUndefined()
})

test.each([true, false])('a commit of which nobody knows is left to the next command: was it committed? %s', async (isCommitted) => {
  const {lab, made} = await openTestLab()
  const unknown = new PxectlError('the connection broke', {code: 'COMMIT_UNKNOWN', kind: 'environment'})
  const write = async (...change: Parameters<typeof lab.store.write>): Promise<void> => {
    if (isCommitted) await lab.store.write(...change)
    throw unknown
  }
  await expect(addHost({...lab, store: {...lab.store, write}}, wanted, options)).rejects.toBe(unknown)
  expect(readFileSync(made.dhcpdConf, 'utf8')).toContain('host tk2')
  expect(await findJournal(lab.journalPath)).toBeDefined()
  const notes = await recoverLab(lab)
  expect(notes.join().includes('an interrupted change was undone')).toBe(!isCommitted)
  expect(readFileSync(made.dhcpdConf, 'utf8').includes('host tk2')).toBe(isCommitted)
})

test('a change that was committed is kept when only its journal is left', async () => {
  const {lab, made} = await openTestLab()
  await addHost(lab, wanted, options)
  const transaction = (await lab.store.lastTransaction()) ?? ''
  const now = readFileSync(made.dhcpdConf)
  await writeJournal(lab.journalPath, {
    transaction,
    bootFiles: [],
    dhcpFiles: [{path: made.dhcpdConf, before: Buffer.from(DHCPD_CONF), after: now}],
  })
  expect(await recoverLab(lab)).toEqual([])
  expect(readFileSync(made.dhcpdConf).equals(now)).toBe(true)
})

test('a file that somebody else changed after the crash is left alone, and named', async () => {
  const {lab, made} = await openTestLab()
  writeFileSync(made.dhcpdConf, `${DHCPD_CONF}# by hand\n`)
  await writeJournal(lab.journalPath, {
    transaction: 'never committed',
    bootFiles: [],
    dhcpFiles: [{path: made.dhcpdConf, before: Buffer.from(DHCPD_CONF), after: Buffer.from('what the dead process wrote')}],
  })
  expect((await recoverLab(lab)).join()).toContain(`${made.dhcpdConf} was changed by somebody else`)
  expect(readFileSync(made.dhcpdConf, 'utf8')).toBe(`${DHCPD_CONF}# by hand\n`)
})

test('temporary files of a killed process go with its journal', async () => {
  const {lab, made} = await openTestLab()
  const leftover = made.path('.dhcpd.conf.pxectl-12345')
  writeFileSync(leftover, 'half')
  await writeJournal(lab.journalPath, {
    transaction: 'x',
    bootFiles: [],
    dhcpFiles: [{path: made.dhcpdConf, before: Buffer.from(DHCPD_CONF), after: Buffer.from('y')}],
  })
  await recoverLab(lab)
  expect(readdirSync(made.folder)).not.toContain('.dhcpd.conf.pxectl-12345')
})

test('a journal that was never finished goes with the next change', async () => {
  const {lab} = await openTestLab()
  const leftover = join(dirname(lab.journalPath), `.${basename(lab.journalPath)}.pxectl-12345`)
  writeFileSync(leftover, '{"transac')
  await addHost(lab, wanted, options)
  expect(readdirSync(dirname(leftover))).not.toContain(basename(leftover))
})

test('a damaged journal is an error that says what to do', async () => {
  const {lab} = await openTestLab()
  await writeJournal(lab.journalPath, {transaction: 'x', bootFiles: [], dhcpFiles: []})
  writeFileSync(lab.journalPath, '{"transaction"')
  await expect(recoverLab(lab)).rejects.toMatchObject({code: 'JOURNAL_DAMAGED', exitCode: 7})
})

test('boot files are renewed from the settings, and only those that differ are written', async () => {
  const {lab, made} = await openTestLab()
  await addHost(lab, wanted, options)
  const file = made.path('tftpboot/pxelinux.cfg/default')
  const good = readFileSync(file, 'utf8')
  writeFileSync(file, good.replace('TIMEOUT', 'TIMEUOT'))
  expect(await refreshBootFiles(lab)).toEqual([])
  expect(readFileSync(file, 'utf8')).toBe(good)
})

test('a boot file that pxectl did not make is kept, and told of', async () => {
  const {lab, made} = await openTestLab()
  await addHost(lab, wanted, options)
  const file = made.path('tftpboot/pxelinux.cfg/default')
  writeFileSync(file, 'default mine\n')
  expect(await refreshBootFiles(lab)).toEqual([expect.stringContaining('pxelinux.cfg/default was not made by pxectl')])
  expect(readFileSync(file, 'utf8')).toBe('default mine\n')
})
