// Real dhcpd.conf files of other people, kept outside the project; absent on most machines.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

const folder = fileURLToPath(new URL('../../../shared/fixtures/dhcpd-conf/', import.meta.url))
const own = fileURLToPath(new URL('../../fixtures/dhcpd-conf/', import.meta.url))

export type Sample = {readonly name: string; readonly bytes: Buffer}

function samplesIn(path: string): Sample[] {
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => name.endsWith('.conf'))
    .map((name) => ({name, bytes: readFileSync(path + name)}))
}

/** Our own samples, one for each construct. */
export const samples = samplesIn(own)

/** Third-party files; none where the folder is not there. */
export const corpus = samplesIn(folder)
