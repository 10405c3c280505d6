// Giving up root after the low ports are bound.
import {PxectlError} from '../errors.js'

/** Becomes `user` with its own groups, for good. */
export function dropPrivileges(user: string): void {
  if (process.getuid?.() !== 0) {
    throw new PxectlError(`cannot become ${user}: only root can change to another user`, {
      code: 'PRIVILEGE_MISSING',
      kind: 'environment',
      suggestions: ['leave --user out: you are an ordinary user already'],
    })
  }
  try {
    // setgid takes the user's name as a group name: on Debian and its relatives each user has a group of its own.
    // @types/node does not know initgroups.
    const {initgroups} = process as {initgroups?: (user: string, group: string) => void}
    initgroups?.call(process, user, user)
    process.setgid?.(user)
    process.setuid?.(user)
  } catch (error) {
    throw new PxectlError(`cannot become ${user}: there is no such user, or no group of that name`, {
      code: 'USER_UNKNOWN',
      kind: 'usage',
      details: {user},
      suggestions: [`getent passwd ${user}`, `getent group ${user}`],
      cause: error,
    })
  }
}
