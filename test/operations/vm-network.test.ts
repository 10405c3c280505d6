// What is said of a new VM that would not boot the lab.
import {expect, test} from 'vitest'
import {openLab} from '../../src/lab/open-lab.js'
import {romNotes} from '../../src/operations/vm-network.js'
import {makeLab} from '../support/lab.js'
import {specOf} from '../vm/hypervisor-suite.js'

async function notes(loader: string, kind: 'virtualbox' | 'qemu', spec: Parameters<typeof specOf>[0]): Promise<string[]> {
  const {config, folder} = await makeLab()
  const lab = await openLab({configFlag: config, environment: {}, workingFolder: folder, settings: {'boot.loader': loader}})
  try {
    return romNotes(lab, {kind}, specOf(spec))
  } finally {
    await lab.close()
  }
}

test("VirtualBox's ROM does not get past iPXE's menu: that is said, with what helps", async () => {
  expect(await notes('ipxe', 'virtualbox', {network: 'internal:lab'})).toEqual([expect.stringMatching(/tk2 stops.*boot\.loader pxelinux$/)])
})

test.each([
  ['pxelinux', 'virtualbox', {network: 'internal:lab'}],
  ['ipxe', 'qemu', {network: 'internal:lab'}],
  ['ipxe', 'virtualbox', {network: 'nat'}],
  ['ipxe', 'virtualbox', {network: 'internal:lab', firmware: 'uefi'}],
] as const)('with %s on %s nothing is to be said', async (loader, kind, spec) => {
  expect(await notes(loader, kind, spec)).toEqual([])
})
