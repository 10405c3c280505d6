// How this system can build: as root, or as an ordinary user who is root in a user namespace; with which programs. What is missing is
// named with the package that has it.
import {PxectlError} from '../errors.js'
import type {Exec} from '../system/exec.js'
import type {Means} from './plan.js'
import {enterRoom, layerOptions, type RoomKind} from './room.js'
import type {RootStyle} from './style.js'
import {isMounted} from './style.js'

export type MeansDoors = {readonly exec: Exec; readonly isRoot: boolean}

/** Throws PRIVILEGE_MISSING, NAMESPACES_MISSING, PROGRAM_MISSING. `work`: what the room is for. */
export async function findMeans(style: RootStyle, folder: string, work: 'build' | 'change', doors: MeansDoors): Promise<Means> {
  requireRights(style, doors.isRoot)
  const room = await findRoom(doors)
  const hasMmdebstrap = await hasProgram('mmdebstrap', doors.exec)
  if (work === 'build' && !hasMmdebstrap) {
    if (room !== 'root' || !(await hasProgram('debootstrap', doors.exec))) throw missing('mmdebstrap', 'mmdebstrap')
  }
  if (!isMounted(style)) {
    const packs = (await hasProgram('mksquashfs', doors.exec)) || (await hasProgram('tar2sqfs', doors.exec))
    if (!packs) throw missing('mksquashfs', 'squashfs-tools')
    if (work === 'change' && !(await hasProgram('unsquashfs', doors.exec))) throw missing('unsquashfs', 'squashfs-tools')
  }
  return {room, builder: hasMmdebstrap ? 'mmdebstrap' : 'debootstrap', layers: await hasLayers(room, folder, doors.exec)}
}

/** Throws NAMESPACES_MISSING with what the system said. */
export async function findRoom({exec, isRoot}: MeansDoors): Promise<RoomKind> {
  const kind = isRoot ? 'root' : 'user'
  const room = enterRoom(kind, {file: 'true', args: []})
  // Where the kernel gives no user namespace, unshare(1) with --map-auto leaves a process behind that waits for ever (util-linux 2.38).
  const alone = isRoot ? undefined : await exec({file: 'unshare', args: ['--user', 'true']})
  const tried = alone === undefined || alone.exitCode === 0 ? await exec(room) : alone
  if (tried.exitCode === 0) return kind
  throw new PxectlError(`this system does not let ${isRoot ? 'root' : 'an ordinary user'} build in namespaces: ${tried.stderr.trim()}`, {
    code: 'NAMESPACES_MISSING',
    kind: 'environment',
    details: {room: kind, output: tried.stderr.trim()},
    suggestions: isRoot
      ? ['in a container: allow mounts and namespaces there (CAP_SYS_ADMIN)']
      : [
          'apt-get install uidmap, which has newuidmap and newgidmap',
          'give yourself subordinate ids: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER',
          'Ubuntu 24.04 and later: sysctl kernel.apparmor_restrict_unprivileged_userns=0',
          'others: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone',
          'or run pxectl as root',
        ],
  })
}

/** Can overlayfs be mounted there? Not on every file system, and not in every container. */
async function hasLayers(room: RoomKind, folder: string, exec: Exec): Promise<boolean> {
  const script = `set -e
trial=$(mktemp -d "$1/.overlay-XXXXXX")
trap 'cd /; rm -rf "$trial"' EXIT
cd "$trial"
mkdir -p lower/folder/inner upper work tree
mount -t overlay overlay -o "lowerdir=lower,upperdir=upper,workdir=work$2" tree
touch tree/file
rm -r tree/folder
umount tree`
  return (await exec(enterRoom(room, {file: 'sh', args: ['-c', script, 'sh', folder, layerOptions(room)]}))).exitCode === 0
}

async function hasProgram(name: string, exec: Exec): Promise<boolean> {
  const script = 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; command -v "$1"'
  return (await exec({file: 'sh', args: ['-c', script, 'sh', name]})).exitCode === 0
}

/** Throws PRIVILEGE_MISSING where an ordinary user cannot have a root of that style. */
export function requireRights(style: RootStyle, isRoot: boolean): void {
  if (isRoot || !isMounted(style)) return
  throw new PxectlError(`the style ${style} needs root: the files of a tree that clients mount belong to root and other users`, {
    code: 'PRIVILEGE_MISSING',
    kind: 'environment',
    details: {style},
    suggestions: ['run pxectl as root', 'an ordinary user can make --style squashfs and --style ramdisk'],
  })
}

function missing(program: string, debianPackage: string): PxectlError {
  return new PxectlError(`the program ${program} is not installed`, {
    code: 'PROGRAM_MISSING',
    kind: 'environment',
    details: {program, debianPackage},
    suggestions: [`apt-get install ${debianPackage}`],
  })
}
