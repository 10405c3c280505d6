// `pxectl boot-test HOST --vm`: real firmware in QEMU on a network of its own, which needs no running lab.
//
//     private namespaces that pxectl makes: br0 192.168.56.1, pxectl serve ── tap0: QEMU
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {HOST} from './support/boot.js'
import {makeLab, type Lab} from './support/lab.js'
import {withNetwork, type Network} from './support/network.js'

async function makeBootable(network: Network): Promise<Lab> {
  const lab = await makeLab(network, {dhcp: 'builtin'})
  await lab.must('loader', 'install')
  await lab.addImage('debian')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian')
  return lab
}

for (const firmware of ['bios', 'uefi']) {
  test(`a host boots its image in a virtual machine with ${firmware} firmware`, () =>
    withNetwork(`vm-${firmware}`, async (network) => {
      const lab = await makeBootable(network)
      const answer = await lab.pxectl(
        'boot-test',
        HOST.name,
        '--vm',
        '--firmware',
        firmware,
        '--expect',
        `address=${HOST.ip}`,
        '--timeout',
        '240',
      )
      expect(answer.exitCode, answer.stdout).toBe(0)
      expect(answer.json).toMatchObject({host: HOST.name, ok: true})
    }))
}

test('a host with a kernel that is none does not boot in it, and the answer says so', () =>
  withNetwork('vm-missing', async (network) => {
    const lab = await makeBootable(network)
    await writeFile(join(lab.tftpRoot, 'images', 'debian', 'vmlinuz'), 'no kernel')
    const answer = await lab.pxectl('boot-test', HOST.name, '--vm', '--timeout', '60', '--expect', 'PXECTL-E2E')
    expect(answer.exitCode, answer.stdout).toBe(5)
    expect(answer.json).toMatchObject({
      ok: false,
      steps: expect.arrayContaining([expect.objectContaining({ok: false, detail: 'not seen on the serial line'})]),
    })
  }))
