// Files and folders that a lab file names must be there before anything is made of them.
import {labFileInvalid, type Place} from '../lab-file/problem.js'
import {fileExists} from '../system/files.js'

/** `what`: the part that names it, as the file writes it. */
export type NamedFile = {readonly what: string; readonly path: string; readonly place: Place}

/** Throws LAB_FILE_INVALID with all that are missing. */
export async function requireFiles(files: readonly NamedFile[]): Promise<void> {
  const missing: NamedFile[] = []
  for (const file of files) if (!(await fileExists(file.path))) missing.push(file)
  if (missing.length > 0) throw labFileInvalid(missing.map(({what, path, place}) => ({...place, message: `${what}: there is no ${path}`})))
}
