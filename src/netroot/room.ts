// Where a root is built: in namespaces of its own, so that neither a mount nor a process can be left behind, however it ends. The kernel
// takes both away with the first process of the process namespace.
import type {CommandLine} from '../system/exec.js'

/**
 * - `root`: we are root; mounts and processes of our own.
 * - `user`: an ordinary user with subordinate ids (subuid(5)), who is root in a user namespace.
 */
export type RoomKind = 'root' | 'user'

/**
 * The first process. sh(1) as the first process would ignore SIGTERM, and it gives programs in the background no input. An ordinary user's
 * PATH lacks the folders of chroot and of mount's helpers.
 */
const FIRST = `PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
trap 'exit 143' TERM INT HUP
exec 4<&0 </dev/null
"$@" <&4 4<&- 3<&- &
program=$!
exec 4<&-
wait "$program"`

/** The same, ended by the end of descriptor 3. A terminal's program may not be in a process group that its caller can end. */
const WATCHED = FIRST.replace('exec 4<&0', '{ read -r _ <&3; kill -TERM 1; } >/dev/null 2>&1 &\nexec 4<&0')

const NAMESPACES = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--propagation', 'private']
const USER = ['--user', '--map-root-user', '--map-auto']

/**
 * What overlayfs wants to be told there, after other options: in a user namespace it may not mark a folder of the lower tree as removed as it
 * does for root, so that rmdir(2) fails with EIO ("userxattr", Linux 5.11).
 */
export function layerOptions(kind: RoomKind): string {
  return kind === 'user' ? ',userxattr' : ''
}

/** The same command line in such a room. `watched`: everything in the room ends when the other end of descriptor 3 is closed. */
export function enterRoom(kind: RoomKind, command: CommandLine, {watched = false} = {}): CommandLine {
  const {file, args, ...rest} = command
  const namespaces = [...(kind === 'user' ? USER : []), ...NAMESPACES]
  return {...rest, file: 'unshare', args: [...namespaces, 'sh', '-c', watched ? WATCHED : FIRST, 'sh', file, ...args]}
}
