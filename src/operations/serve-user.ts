// `serve --user`: gives up root, and then looks whether that user can serve at all. A server that is up, and refuses every
// file, would be worse than none. The host database needs no look: it is open by then, whoever may open it.
import {PxectlError} from '../errors.js'
import {dropPrivileges, findClosedFolder} from '../system/privileges.js'

/** Becomes `user` for good; throws where the TFTP root is closed to that user. */
export async function serveAsUser(user: string, tftpRoot: string): Promise<void> {
  await dropPrivileges(user)
  const closed = await findClosedFolder(tftpRoot)
  if (closed === undefined) return
  throw new PxectlError(
    `${user} cannot read the TFTP root ${tftpRoot}: the folder ${closed} is closed to ${user}; nothing could be served`,
    {
      code: 'TFTP_ROOT_CLOSED',
      kind: 'environment',
      details: {user, tftpRoot, closed},
      suggestions: [
        closed === tftpRoot ? `chmod o+rx ${closed}` : `chmod o+x ${closed}`,
        `see who may do what on the way: namei -l ${tftpRoot}`,
        'or serve as the owner of the lab',
      ],
    },
  )
}
