// Samples of dhcpd.conf: our own, one for each construct, and real ones of other people.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

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

/** Files of other people (fixtures/dhcpd-conf/real/origin.md), and more of them from a folder that is no part of the project. */
export const corpus = [
  ...samplesIn(`${own}real/`),
  ...samplesIn(fileURLToPath(new URL('../../../shared/fixtures/dhcpd-conf/', import.meta.url))),
]
