// A network of its own for the whole benchmark, which ends with it: dnsmasq serves TFTP on port 69 only, and nothing that is
// measured can be disturbed, or reached, from outside. Needs root; without, everything runs in the network that is there.
import {spawn} from 'node:child_process'
import {exec} from '../src/system/exec.js'

/** In.tftpd looks its address up with AI_ADDRCONFIG, which finds nothing on a machine that has 127.0.0.1 alone, and ends. */
const LOOPBACK_UP = 'ip link set lo up && ip address add 192.0.2.1/32 dev lo'

const MARK = 'PXECTL_BENCH_NETWORK'

export function hasOwnNetwork(): boolean {
  return process.env[MARK] === 'own'
}

/** Runs this program again inside a new network namespace and gives its exit status; undefined: go on here. */
export async function runInOwnNetwork(): Promise<number | undefined> {
  if (hasOwnNetwork() || process.getuid?.() !== 0) return undefined
  const tried = await exec({file: 'unshare', args: ['--net', 'sh', '-c', LOOPBACK_UP]}).catch(() => undefined)
  if (tried?.exitCode !== 0) return undefined
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const args = ['--net', 'sh', '-c', `${LOOPBACK_UP} && exec "$@"`, 'sh', ...again]
  const child = spawn('unshare', args, {stdio: 'inherit', env: {...process.env, [MARK]: 'own'}})
  // A terminal sends Ctrl-C to both; the inner one cleans up, and this one waits for it.
  const stay = (): void => undefined
  const passOn = (): void => void child.kill('SIGTERM')
  process.on('SIGINT', stay)
  process.on('SIGTERM', passOn)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)))
  })
}
