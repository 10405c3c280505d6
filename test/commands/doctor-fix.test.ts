// `pxectl doctor --fix`: what is safe is mended, and looked at again.
import {existsSync, rmSync} from 'node:fs'
import {expect, test} from 'vitest'
import Doctor from '../../commands/doctor.js'
import {makeLab} from '../support/lab.js'
import {runCommand} from '../support/run-command.js'

type Part = {part: string; findings: {code: string}[]}
const filesOf = (json: Record<string, unknown>): string[] =>
  (json['parts'] as Part[]).find(({part}) => part === 'files')?.findings.map(({code}) => code) ?? []

test('a TFTP root that is gone is made again, with its menus; --dry-run only says so', async () => {
  const lab = await makeLab({loopback: true})
  const flags = ['--config', lab.config, '--timeout', '1', '--json', '--no-resolve']
  rmSync(lab.path('tftpboot'), {recursive: true})

  const said = (await runCommand(Doctor, [...flags, '--fix', '--dry-run'])).json()
  expect(said['mended']).toContainEqual(expect.objectContaining({codes: ['TFTP_ROOT_MISSING'], outcome: 'would-do'}))
  expect(filesOf(said)).toEqual(['TFTP_ROOT_MISSING'])
  expect(existsSync(lab.path('tftpboot'))).toBe(false)

  const fixed = (await runCommand(Doctor, [...flags, '--fix'])).json()
  expect(fixed['mended']).toContainEqual(expect.objectContaining({codes: ['TFTP_ROOT_MISSING'], outcome: 'done'}))
  expect(filesOf(fixed)).toEqual([])
  expect(existsSync(lab.path('tftpboot/boot.ipxe'))).toBe(true)
})

test('--dry-run without --fix is refused', async () => {
  const lab = await makeLab({loopback: true})
  expect((await runCommand(Doctor, ['--config', lab.config, '--dry-run'])).exitCode).toBe(2)
})
