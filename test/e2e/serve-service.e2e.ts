// `pxectl serve` as a service: systemd's units, sockets and notifications, the stop with running transfers, --user, a terminal.
//
//     br0 192.168.56.1: pxectl serve, curl, and stand-ins for the service manager
import {chmod, mkdir, readFile, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {readExposition} from '../operations/exposition.js'
import {errorOf, makeLab, type Lab} from './support/lab.js'
import {openNetwork, SERVER, type Network} from './support/network.js'
import {describe as inWords, until, type RunOptions, type Running} from './support/programs.js'
import {pxectlCommand} from './support/program.js'

const BIG_BYTES = 20_000_000

let network: Network
let lab: Lab

beforeAll(async () => {
  network = await openNetwork('service')
  lab = await makeLab(network, {dhcp: 'none'})
  await writeFile(join(lab.tftpRoot, 'small'), 'small')
  await writeFile(join(lab.tftpRoot, 'big'), Buffer.alloc(BIG_BYTES, 'pxectl'))
  await writeFile(join(lab.tftpRoot, 'endless'), '')
  // Holes: no client of ours reads that far.
  await truncate(join(lab.tftpRoot, 'endless'), 8_000_000_000)
})

afterAll(() => network?.close())

const serveWords = (...flags: string[]): string[] => [
  ...pxectlCommand,
  ...['serve', '--config', join(lab.folder, 'pxectl.ini'), '--dhcp', 'off'],
  ...flags,
]

/** Ends what a test started before the next one needs the ports. */
async function during<T>(running: Running, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    await running.stop()
  }
}

async function started(command: readonly string[], env: RunOptions['env'] = {}): Promise<Running> {
  const running = network.start(command, {env})
  await untilPrinted(running, /"kind":"ready"|^serving /m)
  return running
}

const untilPrinted = (running: Running, text: RegExp): Promise<true> =>
  until(`${text} in the output`, 20_000, () => {
    if (text.test(running.stdout())) return true
    if (!running.isRunning()) throw new Error(`it ended\n--- stdout\n${running.stdout()}\n--- stderr\n${running.stderr()}`)
    return undefined
  })

const fetched = (url: string): Promise<string> => network.mustRun(['curl', '-sS', '--fail', '--max-time', '20', url])
const url = (name: string): string => `http://${SERVER}:8069/${name}`

function events(running: Running): Record<string, unknown>[] {
  const lines = running.stdout().split('\n').slice(0, -1)
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('systemd accepts the units', async () => {
  const folder = join(network.folder, 'units')
  await mkdir(folder)
  for (const kind of ['service', 'socket']) {
    // daemon is a user of every Debian; systemd dislikes nobody.
    const text = await network.mustRun(serveWords('--print-unit', kind, '--user', 'daemon', '--grace', '20'))
    await writeFile(join(folder, `pxectl.${kind}`), text)
  }
  const verified = await network.run([
    'systemd-analyze',
    'verify',
    '--man=no',
    join(folder, 'pxectl.service'),
    join(folder, 'pxectl.socket'),
  ])
  expect({exitCode: verified.exitCode, stderr: verified.stderr}).toEqual({exitCode: 0, stderr: ''})
})

/** Binds a UDP and a TCP socket as systemd would, gives up root and becomes the program: descriptors 3 and 4. */
const LAUNCHER = `
import fcntl, os, socket, sys
address, http_first, names, command = sys.argv[1], sys.argv[2] == 'http', sys.argv[3], sys.argv[4:]
tftp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tftp.bind((address, 69))
http = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
http.bind((address, 80))
http.listen(128)
# Copies high up, so that putting one at 3 closes no other.
copies = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 10) for one in ((http, tftp) if http_first else (tftp, http))]
for target, fd in ((3, copies[0]), (4, copies[1])):
    os.dup2(fd, target, inheritable=True)
os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2')
if names: os.environ['LISTEN_FDNAMES'] = names
os.execvp(command[0], command)
`

test.each([
  ['tftp', 'tftp:http'],
  ['http', 'http:tftp'],
  ['tftp', 'pxectl:pxectl'],
  ['http', ''],
])('serves on sockets it is given, %s first, named "%s": low ports without a privilege', async (first, names) => {
  await chmod(network.folder, 0o755)
  const running = await started(['python3', '-c', LAUNCHER, SERVER, first, names, ...serveWords('--json')])
  await during(running, async () => {
    expect(events(running).find(({kind}) => kind === 'ready')).toMatchObject({listening: {tftp: `${SERVER}:69`, http: `${SERVER}:80`}})
    expect(await fetched(`tftp://${SERVER}/small`)).toBe('small')
    expect(await fetched(`http://${SERVER}/small`)).toBe('small')
  })
})

test('systemd-socket-activate starts it at the first request, which is answered', async () => {
  const words = ['systemd-socket-activate', '-l', `${SERVER}:8070`, '--fdname=http', '-E', 'PATH', ...serveWords('--json')]
  const running = network.start(words)
  await during(running, async () => {
    await until('systemd-socket-activate to listen', 10_000, () => running.stderr().includes('Listening on'))
    expect(await fetched(`http://${SERVER}:8070/small`)).toBe('small')
    expect(events(running)[0]).toMatchObject({listening: {tftp: `${SERVER}:69`, http: `${SERVER}:8070`}})
  })
})

test('a socket that does not fit its name ends it with a reason', async () => {
  const finished = await network.run(['python3', '-c', LAUNCHER, SERVER, 'http', 'tftp:http', ...serveWords('--json')])
  expect(finished.exitCode, inWords(finished)).toBe(6)
  expect(errorOf({json: JSON.parse(finished.stdout) as Record<string, unknown>}).code).toBe('LISTEN_SOCKET_WRONG')
})

/** Prints each datagram that comes, as a service manager would read it; descriptors that come along are closed. */
const MANAGER = `
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
print('listening', flush=True)
while True: print(manager.recv(65536).decode().replace('\\n', ' | '), flush=True)
`

test('tells the service manager when it is ready, and when it stops', async () => {
  const path = join(network.folder, 'notify')
  const manager = network.start(['python3', '-c', MANAGER, path])
  await during(manager, async () => {
    await untilPrinted(manager, /^listening/)
    const running = await started(serveWords('--json'), {NOTIFY_SOCKET: path})
    await during(running, async () => {
      await untilPrinted(manager, new RegExp(`^READY=1 \\| STATUS=serving tftp ${SERVER}:69, http ${SERVER}:8069`, 'm'))
      running.child.kill('SIGTERM')
      expect(await running.ended).toMatchObject({exitCode: 0})
      expect(manager.stdout()).toMatch(/^STOPPING=1 \| STATUS=stopping/m)
    })
  })
})

test('serves all the same where nobody can be told', async () => {
  const running = await started(serveWords(), {NOTIFY_SOCKET: join(network.folder, 'nowhere')})
  await during(running, async () => {
    await until('a warning', 10_000, () => running.stderr().includes('Warning: the service manager was not told READY=1'))
    expect(await fetched(url('small'))).toBe('small')
  })
})

test('sockets that make no sense are no sockets', async () => {
  for (const LISTEN_FDS of ['many', '-1', '99999']) {
    // sh becomes the program, so its process id is the right one.
    const command = ['sh', '-c', `LISTEN_PID=$$ LISTEN_FDS=${LISTEN_FDS} exec "$@"`, 'sh', ...serveWords('--json')]
    const running = await started(command)
    await during(running, async () => expect(await fetched(url('small'))).toBe('small'))
  }
})

/** A download that takes some seconds, or for ever. */
function download(name: 'big' | 'endless'): Running {
  const to = name === 'big' ? join(network.folder, 'got') : '/dev/null'
  return network.start(['curl', '-sS', '--limit-rate', '4M', '-o', to, url(name)])
}

test('the first signal lets a running transfer end, and takes nothing new', async () => {
  const running = await started(serveWords('--json', '--grace', '60'))
  await during(running, async () => {
    const client = download('big')
    await untilPrinted(running, /"kind":"start"/)
    running.child.kill('SIGTERM')
    await untilPrinted(running, /"kind":"stopping"/)
    expect((await network.run(['curl', '-sS', url('small')])).exitCode).toBe(7)
    expect((await network.run(['curl', '-sS', '--max-time', '2', `tftp://${SERVER}/small`])).exitCode).not.toBe(0)
    expect(await client.ended).toMatchObject({exitCode: 0})
    expect(await running.ended).toMatchObject({exitCode: 0})
    expect(await readFile(join(network.folder, 'got'))).toHaveLength(BIG_BYTES)
    const last = events(running).at(-1)
    expect(last).toMatchObject({kind: 'stopped', transfers: 1, errors: 0, refused: 0, bytes: BIG_BYTES, clients: 1, retransmits: 0})
    expect(last).toHaveProperty('durationMs')
  })
})

test('the second signal ends it at once', async () => {
  const running = await started(serveWords('--json', '--grace', '3600'))
  await during(running, async () => {
    const client = download('endless')
    await untilPrinted(running, /"kind":"start"/)
    running.child.kill('SIGINT')
    await untilPrinted(running, /"kind":"stopping"/)
    // Signals that come together count as one, so it is sent until it is heard.
    await until('the end', 20_000, () => {
      running.child.kill('SIGTERM')
      return !running.isRunning()
    })
    expect((await client.ended).exitCode).not.toBe(0)
    expect(events(running).at(-1)).toMatchObject({kind: 'stopped'})
  })
})

test('--grace 0 waits for nobody', async () => {
  const running = await started(serveWords('--json', '--grace', '0'))
  await during(running, async () => {
    const client = download('endless')
    await untilPrinted(running, /"kind":"start"/)
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({exitCode: 0})
    expect((await client.ended).exitCode).not.toBe(0)
    expect(events(running).at(-1)).toMatchObject({kind: 'stopped', errors: 1})
  })
})

test('--user gives up root, its groups too, once the low port is bound', async () => {
  await chmod(network.folder, 0o755)
  const running = await started(serveWords('--json', '--user', 'nobody'))
  await during(running, async () => {
    const status = await readFile(`/proc/${running.child.pid}/status`, 'utf8')
    expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m)
    expect(status).toMatch(/^Gid:\t65534\t65534\t65534\t65534$/m)
    expect(status).toMatch(/^Groups:\t65534 *$/m)
    expect(status).toMatch(/^CapEff:\t0+$/m)
    expect(await fetched(`tftp://${SERVER}/small`)).toBe('small')
  })
})

test('--user without being root is refused', async () => {
  await chmod(network.folder, 0o755)
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
  const finished = await network.run([...nobody, ...serveWords('--tftp-port', '6969', '--user', 'daemon', '--json')])
  expect(errorOf({json: JSON.parse(finished.stdout) as Record<string, unknown>}).code).toBe('PRIVILEGE_MISSING')
})

test('--user that cannot read the TFTP root is an error that names the closed folder', async () => {
  await chmod(network.folder, 0o700)
  const answer = await lab.pxectl('serve', '--user', 'nobody')
  expect(answer.exitCode).toBe(6)
  expect(errorOf(answer)).toMatchObject({
    code: 'TFTP_ROOT_CLOSED',
    suggestions: expect.arrayContaining([`chmod o+x ${network.folder}`]) as unknown,
  })
  expect(errorOf(await lab.pxectl('serve', '--user', 'nobody-of-that-name')).code).toBe('USER_UNKNOWN')
})

test('--user answers DHCP from a host database that only root can open', async () => {
  await chmod(network.folder, 0o755)
  const {host} = (await lab.must('add-host', 'tk2')) as {host: {ip: string}}
  await chmod(join(lab.folder, 'pxe.db'), 0o600)
  const words = [...pxectlCommand, 'serve', '--config', join(lab.folder, 'pxectl.ini'), '--dhcp', 'full', '--user', 'nobody', '--json']
  const running = await started(words)
  await during(running, async () => {
    const {steps} = (await lab.pxectl('boot-test', 'tk2')).json as {steps: {kind: string; ok: boolean}[]}
    expect(steps[0], JSON.stringify(steps)).toMatchObject({ok: true})
    expect(events(running)).toContainEqual(expect.objectContaining({protocol: 'dhcp', kind: 'ack', ip: host.ip}))
  })
})

test('/metrics is well-formed and counts what was served', async () => {
  const running = await started(serveWords('--json'))
  await during(running, async () => {
    await fetched(url('small'))
    await fetched(`tftp://${SERVER}/small`)
    await network.run(['curl', '-sS', url('missing')])
    const {samples} = readExposition(await fetched(url('metrics')))
    expect(samples.get('pxectl_transfers_total{protocol="http",outcome="done"}')).toBe(1)
    expect(samples.get('pxectl_transfers_total{protocol="tftp",outcome="done"}')).toBe(1)
    expect(samples.get('pxectl_errors_total{protocol="http",reason="not_found"}')).toBe(1)
    const head = await network.mustRun(['curl', '-sSI', url('metrics')])
    expect(head).toContain('text/plain; version=0.0.4')
    expect(await network.mustRun(['curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}', '-d', 'x', url('metrics')])).toBe('405')
  })
  const without = await started(serveWords('--json', '--no-metrics'))
  await during(without, async () => {
    expect((await network.run(['curl', '-sS', '--fail', url('metrics')])).exitCode).toBe(22)
  })
})

test('on a terminal, running transfers are shown below the lines, and nothing of that stays', async () => {
  const command = serveWords('--grace', '0').join(' ')
  const running = await started(['script', '-qec', `stty cols 100 rows 30; exec ${command}`, '/dev/null'], {TERM: 'xterm'})
  await during(running, async () => {
    const client = download('endless')
    await untilPrinted(running, /CLIENT +FILE +DONE +RATE/)
    expect(running.stdout()).toMatch(new RegExp(`^${SERVER.replaceAll('.', '\\.')} +/endless +\\d+%`, 'm'))
    await client.stop()
    await untilPrinted(running, /\/endless failed after/)
    // Ctrl-C as a terminal sends it.
    running.child.stdin?.write('\u0003')
    await running.ended
    expect(running.stdout()).toMatch(/stopped after .*1 failed\s*$/)
  })
})
