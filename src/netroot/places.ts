// Where everything of a root lies while it is made, and afterwards.
import {join} from 'node:path'
import {TREE_NAME} from './manifest.js'
import {partialName} from './root-name.js'

/** Absolute paths. */
export type FsPlaces = {
  /** fs.directory. */
  readonly directory: string
  readonly tftpRoot: string
  /** The lab's own folder, where locks lie. */
  readonly state: string
}

/** A file that says that the folder of a build was made by pxectl. */
export const OWN_MARKER = 'pxectl'

export type WorkPlaces = {
  /** Everything of a root in the making; becomes `folder` when it is done. */
  readonly partial: string
  readonly tree: string
  /** Files of ours that go into the tree. */
  readonly files: string
  readonly keys: string
  /** overlayfs: what is written, and its own. */
  readonly upper: string
  readonly work: string
  /** Kernel, initrd and squashfs, which go below the TFTP root. */
  readonly out: string
  /** Downloaded packages; kept for `--resume`. */
  readonly archives: string
}

export function workPlaces(folder: string): WorkPlaces {
  const partial = partialName(folder)
  const at = (name: string): string => join(partial, name)
  return {
    partial,
    tree: at(TREE_NAME),
    files: at('files'),
    keys: at('authorized_keys'),
    upper: at('upper'),
    work: at('work'),
    out: at('out'),
    archives: at('archives'),
  }
}

/** The folders of all templates, and of one. A dot keeps them apart from roots. */
export function templatesFolder(directory: string): string {
  return join(directory, '.templates')
}
