// A PostgreSQL server of Debian's package, on a socket and on loopback, with a database `labs` that belongs to the role `owner`;
// the role `runner` has no rights in it.
import {chown, mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {mustRun, start, until, type Running} from './programs.js'

export type PostgresServer = {
  readonly folder: string
  readonly port: number
  /** The URL of the database for a role, by the socket. Each schema is a lab. */
  readonly url: (options: {readonly role?: string; readonly schema?: string; readonly port?: number}) => string
  /** Statements of the owner's. */
  readonly sql: (text: string) => Promise<string>
  readonly start: () => Promise<void>
  /** SIGQUIT: as a crash, without a word to its clients. */
  readonly crash: () => Promise<void>
  readonly close: () => Promise<void>
}

let opened = 0

export async function openPostgresServer(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'pxe2e-postgres-'))
  const [uid, gid] = (await mustRun(['sh', '-c', 'id -u postgres; id -g postgres'])).trim().split('\n').map(Number)
  await chown(folder, uid ?? 0, gid ?? 0)
  const [version = ''] = (await readdir('/usr/lib/postgresql')).sort((one, other) => Number(other) - Number(one))
  const program = (name: string): string => join('/usr/lib/postgresql', version, 'bin', name)
  const asPostgres = ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', '--']
  const data = join(folder, 'data')
  const port = 15_400 + (process.pid % 2000) + opened++
  await mustRun([...asPostgres, program('initdb'), '-D', data, '--auth', 'trust', '--no-sync', '--locale', 'C.UTF-8', '-E', 'UTF8'], {
    cwd: folder,
  })
  let running: Running | undefined
  const psql = (database: string, role: string, text: string): Promise<string> =>
    mustRun(['psql', '-h', folder, '-p', String(port), '-U', role, '-d', database, '-v', 'ON_ERROR_STOP=1', '-Atq', '-c', text], {
      cwd: folder,
    })
  const server: PostgresServer = {
    folder,
    port,
    url: ({role = 'owner', schema = 'pxectl', port: other}) =>
      other === undefined
        ? `postgres:///labs?host=${folder}&port=${port}&user=${role}&schema=${schema}`
        : `postgres://${role}@127.0.0.1:${other}/labs?schema=${schema}`,
    sql: (text) => psql('labs', 'owner', text),
    start: async () => {
      const words = ['-D', data, '-k', folder, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'shared_buffers=16MB']
      const started = start([...asPostgres, program('postgres'), ...words], {cwd: folder})
      running = started
      await until('PostgreSQL to be ready', 60_000, async () => {
        if (!started.isRunning()) throw new Error(`PostgreSQL ended: ${started.stderr()}`)
        return psql('postgres', 'postgres', 'select 1').then(
          () => true,
          () => false,
        )
      })
    },
    crash: async () => {
      running?.child.kill('SIGQUIT')
      await running?.ended
    },
    close: async () => {
      await running?.stop()
      await rm(folder, {recursive: true, force: true})
    },
  }
  try {
    await server.start()
    await psql('postgres', 'postgres', 'create role owner login')
    await psql('postgres', 'postgres', 'create role runner login')
    await psql('postgres', 'postgres', 'create database labs owner owner')
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}
