// What a boot test says of the root that a diskless host mounts: the exports are asked for, and what the NFS server answers is judged.
import {expect, test} from 'vitest'
import {PxectlError} from '../../src/errors.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {recordInto, type Boot, type BootTestStep} from '../../src/operations/boot-test-record.js'
import {rootSteps} from '../../src/operations/boot-test-root.js'

const TREE = '/srv/lab/roots/root_lab/tree'
const STATE = '/srv/lab/state/tk1'
const place = {
  root: {name: 'root_lab', style: 'nfs-overlay', tree: TREE, kernel: 'root_lab/vmlinuz', initrd: 'root_lab/initrd.img'} as const,
  state: undefined,
  server: parseIpv4('192.168.56.1'),
  httpUrl: 'http://192.168.56.1:8069',
}

async function play(exports: Boot['doors']['exports'], state?: string): Promise<BootTestStep[]> {
  const steps: BootTestStep[] = []
  const never = (): never => {
    throw new Error('not asked for')
  }
  const boot: Boot = {
    host: {name: 'tk1', mac: parseMac('08:00:27:12:34:56'), ip: parseIpv4('192.168.56.21')},
    doors: {dhcp: never, tftp: never, http: never, exports},
    tftpRoot: '/srv/lab/tftpboot',
    ...recordInto(steps, () => undefined),
  }
  await rootSteps(boot, {...place, state}).catch(() => undefined)
  return steps
}

test.each([
  ['the subnet', ['192.168.56.0/24'], true],
  ['the host', ['192.168.56.21'], true],
  ['everybody', [], true],
  ['a name, which may be anybody', ['*.lab.example'], true],
  ['another host', ['192.168.56.22'], false],
  ['another subnet', ['10.0.0.0/8'], false],
])('exported to %s', async (_, clients, ok) => {
  expect(await play(async () => [{path: TREE, clients}])).toMatchObject([{step: 'root', ok, what: `nfs://192.168.56.1${TREE}`}])
})

test('what is not exported, and a server that does not answer, are failures that say what to type', async () => {
  const [missing] = await play(async () => [{path: '/srv/other', clients: []}])
  expect(missing).toMatchObject({
    ok: false,
    detail: 'the NFS server does not export it',
    suggestions: ['pxectl fs share', expect.any(String)],
  })
  const [silent] = await play(async () => {
    throw new PxectlError('it does not answer', {code: 'NFS_UNREACHABLE', kind: 'environment', suggestions: ['systemctl start nfs-server']})
  })
  expect(silent).toMatchObject({ok: false, detail: 'it does not answer', suggestions: ['systemctl start nfs-server']})
})

test('the folder that a host keeps is asked for too', async () => {
  const both = [TREE, STATE].map((path) => ({path, clients: ['192.168.56.21']}))
  expect((await play(async () => both, STATE)).map(({what, ok}) => [what, ok])).toEqual([
    [`nfs://192.168.56.1${TREE}`, true],
    [`nfs://192.168.56.1${STATE}`, true],
  ])
  expect((await play(async () => both.slice(0, 1), STATE)).at(-1)).toMatchObject({ok: false, what: `nfs://192.168.56.1${STATE}`})
})
