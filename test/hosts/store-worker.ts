// A process that uses the host database beside others. See sqlite-store.test.ts.
import {PxectlError} from '../../src/errors.js'
import {nextFreeIp} from '../../src/hosts/free.js'
import {openSqliteStore} from '../../src/hosts/sqlite-store.js'
import {parseIpv4, parseRange, parseSubnet} from '../../src/net/ipv4.js'
import {withLock} from '../../src/system/lock.js'
import {sampleHost} from './host-sample.js'

const [job = '', path = '', index = '0'] = process.argv.slice(2)
const number = Number(index) + 1
const store = await openSqliteStore(path, {create: false})

async function addFree(): Promise<string> {
  return withLock(`${path}.lock`, {}, async () => {
    const taken = new Set((await store.list()).map((host) => host.ip))
    const question = {
      range: parseRange('10.0.0.100-10.0.0.199'),
      subnet: parseSubnet('10.0.0.0/24'),
      server: undefined,
      gateway: undefined,
      avoid: [],
    }
    const {ip} = nextFreeIp({...question, taken})
    await store.write([{kind: 'add', host: sampleHost(number, {ip})}], index)
    return 'added'
  })
}

async function addSame(): Promise<string> {
  try {
    await store.write([{kind: 'add', host: sampleHost(number, {ip: parseIpv4('10.0.0.1')})}], index)
    return 'added'
  } catch (error) {
    return error instanceof PxectlError ? error.code : String(error)
  }
}

async function addMany(): Promise<string> {
  for (let host = 1; ; host++) {
    await store.write([{kind: 'add', host: sampleHost(host)}], String(host))
    if (host === 3) process.send?.('at work')
  }
}

const jobs: Record<string, () => Promise<string>> = {
  count: async () => String(await store.count()),
  'add-free': addFree,
  'add-same': addSame,
  'add-many': addMany,
}
process.send?.(await jobs[job]?.())
await store.close()
process.disconnect?.()
