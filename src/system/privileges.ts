// Giving up root after the low ports are bound.
import {dirname} from 'node:path'
import {assert, messageOf, PxectlError} from '../errors.js'
import {exec} from './exec.js'
import {changeOwner, isEnterable, isReadable} from './files.js'

/** Is this process root? Never where there is no such thing. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** Becomes `user` (a name or a number) with its own groups, for good. */
export async function dropPrivileges(user: string): Promise<void> {
  if (!isRoot()) {
    throw new PxectlError(`cannot become ${user}: only root can change to another user`, {
      code: 'PRIVILEGE_MISSING',
      kind: 'environment',
      suggestions: ['leave --user out: you are an ordinary user already'],
    })
  }
  const {uid, gid, name} = await getUser(user)
  // @types/node does not know initgroups.
  const {initgroups} = process as {initgroups?: (user: string, group: number) => void}
  try {
    initgroups?.call(process, name, gid)
    process.setgid?.(gid)
    process.setuid?.(uid)
  } catch (error) {
    throw new PxectlError(`cannot become ${user}: ${messageOf(error)}`, {
      code: 'PRIVILEGE_MISSING',
      kind: 'environment',
      details: {user},
      suggestions: ['give the process CAP_SETUID and CAP_SETGID, or leave --user out'],
      cause: error,
    })
  }
  assert(process.getuid?.() === uid && process.getgid?.() === gid, `this process is ${user} after it became ${user}`)
}

/** Gives these files to the user, for when root was given up; one that is not there is left out. */
export async function giveFiles(user: string, paths: readonly string[]): Promise<void> {
  if (!isRoot()) return
  const {uid, gid} = await getUser(user)
  for (const path of paths) await changeOwner(path, uid, gid)
}

/** The name of the user with this number, or undefined where the system knows none. */
export async function findUserName(uid: number): Promise<string | undefined> {
  const asked = await exec({file: 'id', args: ['-un', '--', String(uid)]}).catch(() => undefined)
  return asked?.exitCode === 0 ? asked.stdout.trim() : undefined
}

async function getUser(user: string): Promise<{uid: number; gid: number; name: string}> {
  const asked = await exec({file: 'id', args: ['--', user]})
  // uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup): nobody's own group is not called nobody on Debian.
  const found = /^uid=(\d+)\(([^)]*)\) gid=(\d+)/.exec(asked.stdout)
  if (asked.exitCode === 0 && found !== null) return {uid: Number(found[1]), name: found[2] ?? user, gid: Number(found[3])}
  throw new PxectlError(`cannot become ${user}: there is no such user`, {
    code: 'USER_UNKNOWN',
    kind: 'usage',
    details: {user},
    suggestions: [`getent passwd ${user}`],
    cause: new Error(asked.stderr.trim()),
  })
}

/** The first folder on the way to `folder`, or `folder` itself, that this process may not enter or list; undefined: all is well. */
export async function findClosedFolder(folder: string): Promise<string | undefined> {
  const above: string[] = []
  for (let path = dirname(folder); !above.includes(path); path = dirname(path)) above.unshift(path)
  for (const path of above) {
    if (!(await isEnterable(path))) return path
  }
  return (await isReadable(folder)) && (await isEnterable(folder)) ? undefined : folder
}
