// Adds hosts one by one, each checked and in a transaction of its own. Runs in plain node with the built program (ground.ts).
import type {Host} from '../../src/hosts/host.js'

type Task = {
  readonly distUrl: string
  readonly database: string
  readonly now: string
  readonly hosts: readonly Pick<Host, 'name' | 'ip' | 'mac'>[]
}

const {distUrl, database, now, hosts} = JSON.parse(process.argv[2]!) as Task
const {openSqliteStore} = (await import(`${distUrl}hosts/sqlite-store.js`)) as typeof import('../../src/hosts/sqlite-store.js')

const startedMs = performance.now()
const startedCpu = process.cpuUsage()
const store = await openSqliteStore(database, {create: false})
for (const [index, {name, ip, mac}] of hosts.entries()) {
  const times = {createdAt: now, updatedAt: now}
  const host: Host = {name, ip, mac, root: undefined, image: 'debian12', bootArgs: undefined, firmware: 'bios', dhcp: true, ...times}
  await store.checkFree(host)
  await store.write([{kind: 'add', host}], `bench-${index}`)
}
await store.close()
const {user, system} = process.cpuUsage(startedCpu)
console.log(JSON.stringify({elapsedMs: performance.now() - startedMs, cpuSeconds: (user + system) / 1e6}))
