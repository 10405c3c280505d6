// Where a root is built: in namespaces of its own, so that neither a mount nor a process can be left behind, however it ends. The kernel
// takes both away with the first process of the process namespace.
import type {CommandLine} from '../system/exec.js'

/**
 * - `root`: we are root; mounts and processes of our own.
 * - `user`: an ordinary user with subordinate ids (subuid(5)), who is root in a user namespace.
 * - `fakechroot`: neither; chroot(2) and the owners of files are feigned by a preloaded library.
 */
export type RoomKind = 'root' | 'user' | 'fakechroot'

/** The first process. sh(1) as the first process would ignore SIGTERM, and it gives programs in the background no input. */
const FIRST = `trap 'exit 143' TERM INT HUP
exec 4<&0 </dev/null
"$@" <&4 4<&- &
program=$!
exec 4<&-
wait "$program"`

const NAMESPACES = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--propagation', 'private']

/** The same command line in such a room. */
export function enterRoom(kind: RoomKind, command: CommandLine): CommandLine {
  const {file, args, ...rest} = command
  const inside = ['sh', '-c', FIRST, 'sh', file, ...args]
  switch (kind) {
    case 'root':
      return {...rest, file: 'unshare', args: [...NAMESPACES, ...inside]}
    case 'user':
      return {...rest, file: 'unshare', args: ['--user', '--map-root-user', '--map-auto', ...NAMESPACES, ...inside]}
    case 'fakechroot':
      return {...rest, file: 'fakechroot', args: ['--', 'fakeroot', '--', file, ...args]}
  }
}
