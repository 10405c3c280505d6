// The file that tells the NFS server of this machine which PXE filesystems it may give to whom: exports(5), a section for each lab.
//
//   # Made by pxectl. It rewrites this file: what you change here is lost.
//   # lab /srv/lab/pxectl.ini
//   /srv/lab/roots/root_shared/tree 192.168.56.0/24(ro,no_root_squash,subtree_check,fsid=…)
//   /srv/lab/roots/root_tk2/tree 192.168.56.22(rw,no_root_squash,no_subtree_check,fsid=…)
import {createHash} from 'node:crypto'

export type NfsExport = {
  /** Absolute; made of characters that exports(5) need not quote (the setting fs.directory sees to that). */
  readonly path: string
  /** An address, or a network as 192.168.56.0/24. */
  readonly client: string
  readonly access: 'ro' | 'rw'
}

const NOTICE = '# Made by pxectl. It rewrites this file: what you change here is lost.'
const LAB = '# lab '

/** The sections of the other labs, by the path of their pxectl.ini, line by line; undefined where the file was not made by pxectl. */
export function parseExports(text: string): Map<string, readonly string[]> | undefined {
  if (text.trim() === '') return new Map()
  const [notice, ...lines] = text.split('\n')
  if (notice !== NOTICE) return undefined
  const sections = new Map<string, string[]>()
  let section: string[] = []
  for (const line of lines) {
    if (line.startsWith(LAB)) sections.set(line.slice(LAB.length), (section = []))
    else if (line !== '') section.push(line)
  }
  return sections
}

/** undefined: there is nothing to export, and so no file. */
export function renderExports(sections: ReadonlyMap<string, readonly string[]>): string | undefined {
  const parts = [...sections].filter(([, lines]) => lines.length > 0).map(([lab, lines]) => [`${LAB}${lab}`, ...lines].join('\n'))
  return parts.length === 0 ? undefined : `${[NOTICE, ...parts].join('\n')}\n`
}

/**
 * The lines of one lab, sorted. A root belongs to root, who must be able to read all of it: no_root_squash. subtree_check keeps a client
 * from reading what lies beside a shared tree on the same disk; where a client writes, it would lose files that are renamed while they are open.
 * fsid makes handles survive a restart on file systems that have no number of their own.
 */
export function exportLines(exports: readonly NfsExport[]): string[] {
  return exports
    .map(({path, client, access}) => {
      const check = access === 'ro' ? 'subtree_check' : 'no_subtree_check'
      return `${path} ${client}(${access},no_root_squash,${check},fsid=${fsidOf(path)})`
    })
    .toSorted()
}

/** A UUID that is always the same for the same path. */
function fsidOf(path: string): string {
  const hex = createHash('sha256').update(path).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
