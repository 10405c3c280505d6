// What a hypervisor's back end may do to the machine that runs its VMs: this one, or another one over ssh. The same back end does for
// both, because it touches nothing but these.
import type {Exec} from '../system/exec.js'
import type {SocketTalk} from '../system/unix-socket.js'

/** Files on the machine that runs the VMs. Paths are absolute. Errors are PxectlErrors that name the path. */
export type VmFiles = {
  exists(path: string): Promise<boolean>
  /** The text of a file, or undefined where there is none. */
  find(path: string): Promise<string | undefined>
  /** Replaces or makes a file in one step; the folder must be there. Default mode 0644. */
  write(path: string, text: string, mode?: number): Promise<void>
  /** Also those above it. */
  makeFolder(path: string): Promise<void>
  /** Names in a folder, sorted; none where there is no folder. */
  list(path: string): Promise<string[]>
  /** A file, or a folder with all that is in it; nothing happens where there is none. */
  remove(path: string): Promise<void>
}

export type HypervisorDoors = {
  /** What messages call the machine: `this machine`, or its name. */
  readonly where: string
  readonly isRemote: boolean
  readonly exec: Exec
  readonly files: VmFiles
  /** Throws SOCKET_UNREACHABLE where nobody listens. */
  readonly openSocket: (path: string) => Promise<SocketTalk>
  /** The path of a socket on this machine that leads to one there: the same, or the near end of a forwarding. */
  readonly reachSocket: (path: string) => Promise<string>
  /** As process.platform has it: linux, darwin, win32, freebsd, sunos. */
  readonly platform: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The folder below which pxectl keeps the files of VMs whose hypervisor has no place of its own for them. */
  readonly vmFolder: string
  readonly isRoot: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}
