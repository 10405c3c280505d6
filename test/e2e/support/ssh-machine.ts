// A machine with a real ssh server in a test network, and the home of a user who goes there. Both live by a passwd(5) of their own,
// mounted over the real one where they run: ssh looks for its files in the home that passwd names, whatever HOME says.
import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {SERVER, type Network} from './network.js'
import {mustRun, until, type Finished, type Running} from './programs.js'
import {pxectlCommand} from './program.js'
import type {JsonObject} from './lab.js'

/** Users of the machine, and what they get instead of a shell. `$@` is what sshd hands to a shell: -c and the command. */
const SHELLS = {
  noisy: `echo 'Welcome to tk2!'; echo 'you have mail' >&2; printf 'no newline'; exec /bin/bash "$@"`,
  busybox: `exec /usr/bin/busybox sh "$@"`,
  restricted: `PATH=/nonexistent exec /bin/rbash "$@"`,
  hanging: `exec sleep 1000`,
  talking: `while :; do echo noise; done`,
  cut: `echo '@@pxectl begin'; kill -9 $PPID`,
} as const

/** Users without a script: root has bash, `closed` may not log in, and `stranger` has no key there. */
const USERS = ['root', 'closed', 'stranger', ...Object.keys(SHELLS)]

export type SshMachine = {
  /** What the known hosts of the user say of the machine. */
  readonly setKnownHost: (key: 'right' | 'wrong' | 'none') => Promise<void>
  readonly knownHosts: () => Promise<string>
  /** How often somebody was let in so far. */
  readonly logins: () => number
  /** Runs pxectl with --json as the user of that home; a non-zero exit is an answer. */
  readonly pxectl: (...args: string[]) => Promise<Finished & {readonly json: JsonObject}>
  readonly startPxectl: (...args: string[]) => Running
  /** The process ids of every ssh client that runs in the network. */
  readonly clients: () => Promise<number[]>
}

/** Starts the server at `SERVER` port 22; the user's ssh_config calls it tk2. The lab lies in `config`; programs in `bin` go before the system's. */
export async function startSshMachine(network: Network, config: string, bin?: string): Promise<SshMachine> {
  const path = (...names: string[]): string => join(network.folder, 'ssh', ...names)
  const home = path('home')
  await mkdir(join(home, '.ssh'), {recursive: true, mode: 0o700})
  // Privilege separation wants it (sshd(8)).
  await mkdir('/run/sshd', {recursive: true})
  for (const name of ['right', 'wrong']) await makeKey(path(name))
  await makeKey(join(home, '.ssh', 'id_ed25519'))
  await writeFile(join(home, '.ssh', 'config'), `Host tk2\n  HostName ${SERVER}\n  CheckHostIP no\n`, {mode: 0o600})
  await writePasswd(path, home)
  const inHome = ['sh', '-c', 'mount --bind "$1" /etc/passwd && shift && exec "$@"', 'sh', path('passwd')]

  await writeFile(path('sshd_config'), sshdConfig(path, bin))
  const server = network.start([...inHome, '/usr/sbin/sshd', '-D', '-e', '-f', path('sshd_config')])
  await until('sshd to listen', 20_000, () => {
    if (!server.isRunning()) throw new Error(`sshd ended\n${server.stderr()}`)
    return server.stderr().includes('Server listening')
  })
  const knownHosts = join(home, '.ssh', 'known_hosts')
  const words = (args: readonly string[]): string[] => [...inHome, ...pxectlCommand, ...args, '--json', '--config', config]
  return {
    setKnownHost: async (key) => {
      const text = key === 'none' ? '' : `tk2,${SERVER} ${await readFile(`${path(key)}.pub`, 'utf8')}`
      await writeFile(knownHosts, text)
    },
    knownHosts: () => readFile(knownHosts, 'utf8'),
    logins: () => server.stderr().match(/Accepted publickey/g)?.length ?? 0,
    pxectl: async (...args) => {
      const finished = await network.run(words(args), {env: {HOME: home}})
      return {...finished, json: JSON.parse(finished.stdout) as JsonObject}
    },
    startPxectl: (...args) => network.start(words(args), {env: {HOME: home}}),
    clients: () => findClients(network),
  }
}

async function makeKey(path: string): Promise<void> {
  await mustRun(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path])
}

/** Everybody is root: the test folder is closed to others. */
async function writePasswd(path: (...names: string[]) => string, home: string): Promise<void> {
  const others = (await readFile('/etc/passwd', 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('root:'))
  const shellOf = (user: string): string =>
    Object.hasOwn(SHELLS, user) ? path(`${user}.sh`) : user === 'closed' ? '/usr/sbin/nologin' : '/bin/bash'
  const ours = USERS.map((user) => `${user}:x:0:0::${home}:${shellOf(user)}`)
  await writeFile(path('passwd'), `${[...ours, ...others].join('\n')}\n`)
  for (const [user, script] of Object.entries(SHELLS)) {
    await writeFile(path(`${user}.sh`), `#!/bin/sh\n${script}\n`)
    await chmod(path(`${user}.sh`), 0o755)
  }
  await mkdir(path('keys'))
  const key = await readFile(join(home, '.ssh', 'id_ed25519.pub'), 'utf8')
  for (const user of USERS) if (user !== 'stranger') await writeFile(path('keys', user), key)
}

function sshdConfig(path: (...names: string[]) => string, bin: string | undefined): string {
  return [
    `ListenAddress ${SERVER}`,
    `HostKey ${path('right')}`,
    `PidFile ${path('sshd.pid')}`,
    `AuthorizedKeysFile ${path('keys')}/%u`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'MaxStartups 100',
    `Banner ${path('passwd')}`,
    ...(bin === undefined ? [] : [`SetEnv PATH=${bin}:/usr/local/bin:/usr/bin:/bin`]),
    '',
  ].join('\n')
}

async function findClients(network: Network): Promise<number[]> {
  const pids = (await mustRun(['ip', 'netns', 'pids', network.namespace])).split('\n').filter((line) => line !== '')
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')))
  return pids.filter((_, index) => names[index] === 'ssh\n').map(Number)
}
