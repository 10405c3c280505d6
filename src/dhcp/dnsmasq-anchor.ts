// The one place in the user's configuration that makes dnsmasq read our folders: a file of our own in a folder that is read,
// or a marked block at the end of the file of the settings. Added once, and taken away when nothing of ours is left.
import {join} from 'node:path'
import {appendToFile, lineEndOf, removalOf, withEmptyLineBefore, type Span} from '../dhcpd-conf/layout.js'
import {beginMark, endMark} from '../dhcpd-conf/marked-block.js'
import {applySplices} from '../dhcpd-conf/splice.js'
import {sameBytes, type FileChange} from '../system/files.js'
import {isReadFrom, type DnsmasqConfiguration} from './dnsmasq-load.js'
import {anchorLines, type OwnPlaces} from './dnsmasq-places.js'

const TITLE = 'pxectl'
const FILE_NAME = 'pxectl.conf'

/** The change that brings the anchor in or takes it away; undefined: it is so already. */
export function planAnchor(configuration: DnsmasqConfiguration, config: string, own: OwnPlaces, isWanted: boolean): FileChange | undefined {
  const inFile = findAnchorFile(configuration, config)
  const file = configuration.files.find(({path}) => path === config)
  const block = file === undefined ? undefined : findBlock(file.bytes)
  if (file !== undefined && (block !== undefined || inFile === undefined)) return planBlock(file, block, own, isWanted)
  if (inFile === undefined) return undefined
  const before = configuration.files.find(({path}) => path === inFile)?.bytes
  const after = isWanted
    ? Buffer.from(['# pxectl keeps its hosts and boot options in these folders.', ...anchorLines(own), ''].join('\n'))
    : undefined
  return sameBytes(before, after) ? undefined : {path: inFile, before, after}
}

/** A file of our own in a folder that the file of the settings (or the service that reads it) includes. */
export function findAnchorFile(
  {root, confFolders}: Pick<DnsmasqConfiguration, 'root' | 'confFolders'>,
  config: string,
): string | undefined {
  if (root !== config) return undefined
  const [folder] = confFolders.find((candidate) => isReadFrom(candidate, FILE_NAME)) ?? []
  return folder === undefined ? undefined : join(folder, FILE_NAME)
}

/** The file without our block: what the user wrote. */
export function withoutBlock(bytes: Buffer): Buffer {
  const block = findBlock(bytes)
  return block === undefined ? bytes : applySplices(bytes, [{...withEmptyLineBefore(bytes, removalOf(bytes, block)), text: ''}])
}

function planBlock(
  {path, bytes}: {path: string; bytes: Buffer},
  block: Span | undefined,
  own: OwnPlaces,
  isWanted: boolean,
): FileChange | undefined {
  const lines = [beginMark(TITLE), ...anchorLines(own), endMark(TITLE)]
  let after = bytes
  if (!isWanted) after = withoutBlock(bytes)
  else if (block === undefined) after = applySplices(bytes, [appendToFile(bytes, bytes.length === 0 ? lines : ['', ...lines])])
  else after = applySplices(bytes, [{...block, text: lines.join(lineEndOf(bytes))}])
  return sameBytes(bytes, after) ? undefined : {path, before: bytes, after}
}

/** From the BEGIN mark to the END mark, both included. */
function findBlock(bytes: Buffer): Span | undefined {
  const text = bytes.toString('latin1')
  const found = new RegExp(`^${beginMark(TITLE)}$[^]*?^${endMark(TITLE)}$`, 'm').exec(text)
  return found === null ? undefined : {start: found.index, end: found.index + found[0].length}
}
