// A file as the netascii mode sends it. Its length is known only when all of it is converted, so it is converted at the
// opening; nothing that boots asks for this mode.
import {type BootFile, bytesFile, type Soon} from '../bootfiles/boot-file.js'
import {PxectlError} from '../errors.js'
import {encodeNetascii} from './netascii.js'

/** Larger than any text; a client that asks for an initrd in this mode has forgotten its `binary`. */
const MAX_TEXT_BYTES = 1024 * 1024

/** Opens a file as text. Throws a PxectlError with code BOOT_FILE_FORBIDDEN where it is too large to be one. */
export async function openAsText(opening: Soon<BootFile>): Promise<BootFile> {
  const file = await opening
  try {
    if (file.sizeBytes > MAX_TEXT_BYTES) throw notText(file.sizeBytes)
    const bytes = encodeNetascii(await file.read(0, file.sizeBytes))
    return bytesFile(bytes, file.modifiedMs, file.version === undefined ? undefined : `${file.version}/netascii`)
  } finally {
    await file.close()
  }
}

function notText(sizeBytes: number): PxectlError {
  return new PxectlError(`${sizeBytes} bytes are too many for the netascii mode, which is for text: ask in octet mode`, {
    code: 'BOOT_FILE_FORBIDDEN',
    kind: 'environment',
    details: {sizeBytes},
  })
}
