// Small tar archives made in a test.
import {gzipSync} from 'node:zlib'
import {pack, type Headers} from 'tar-stream'

export type TarEntry = {
  readonly name: string
  readonly content?: string | Buffer
  readonly type?: Headers['type']
  readonly linkname?: string
}

/** The bytes of a tar archive. */
export async function makeTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack()
  const chunks: Buffer[] = []
  archive.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise((resolve) => archive.once('end', resolve))
  for (const {name, content = '', type, linkname} of entries) {
    archive.entry({name, ...(type === undefined ? {} : {type}), ...(linkname === undefined ? {} : {linkname})}, Buffer.from(content))
  }
  archive.finalize()
  await ended
  return Buffer.concat(chunks)
}

/** The same, compressed by gzip: a .tgz of these files. */
export async function makeTgz(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  return gzipSync(await makeTar(Object.entries(files).map(([name, content]) => ({name, content}))))
}
