// Giving up root after the low ports are bound.
import {PxectlError} from '../errors.js'
import {exec} from './exec.js'

/** Becomes `user` with its own groups, for good. */
export async function dropPrivileges(user: string): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new PxectlError(`cannot become ${user}: only root can change to another user`, {
      code: 'PRIVILEGE_MISSING',
      kind: 'environment',
      suggestions: ['leave --user out: you are an ordinary user already'],
    })
  }
  try {
    // The user's own group need not have the user's name: nobody's is nogroup on Debian.
    const asked = await exec({file: 'id', args: ['-g', user]})
    if (asked.exitCode !== 0) throw new Error(asked.stderr.trim())
    const group = Number(asked.stdout)
    // @types/node does not know initgroups.
    const {initgroups} = process as {initgroups?: (user: string, group: number) => void}
    initgroups?.call(process, user, group)
    process.setgid?.(group)
    process.setuid?.(user)
  } catch (error) {
    throw new PxectlError(`cannot become ${user}: there is no such user`, {
      code: 'USER_UNKNOWN',
      kind: 'usage',
      details: {user},
      suggestions: [`getent passwd ${user}`],
      cause: error,
    })
  }
}
