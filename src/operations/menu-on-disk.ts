// The file that lies on the disk where a menu was asked for: is it ours, or did a person write it?
import {isMadeByPxectl, NOTICE_WITHIN_BYTES} from '../boot/notice.js'
import type {BootFile, BootFileRequest, BootFileSource} from '../bootfiles/boot-file.js'
import {PxectlError} from '../errors.js'

export type OnDisk =
  | {readonly kind: 'absent'; readonly error: PxectlError}
  | {readonly kind: 'ours'; readonly file: BootFile}
  | {readonly kind: 'foreign'; readonly file: BootFile}

/** Opens it; the caller closes it. Throws where the tree refuses the name or cannot read the file. */
export async function lookOnDisk(tree: BootFileSource, request: BootFileRequest): Promise<OnDisk> {
  let file: BootFile
  try {
    file = await tree(request)
  } catch (error) {
    if (error instanceof PxectlError && error.code === 'BOOT_FILE_NOT_FOUND') return {kind: 'absent', error}
    throw error
  }
  try {
    const head = await file.read(0, Math.min(file.sizeBytes, NOTICE_WITHIN_BYTES))
    return {kind: isMadeByPxectl(head) ? 'ours' : 'foreign', file}
  } catch (error) {
    await file.close()
    throw error
  }
}

export async function closeFile(onDisk: OnDisk): Promise<void> {
  if (onDisk.kind !== 'absent') await onDisk.file.close()
}
