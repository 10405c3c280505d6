// What a text on a machine's screen means, without any event.
import {type CatalogueEntry, catalogue, type FindingCode, findByScreen} from '../timeline/catalogue.js'

export type ScreenFinding = CatalogueEntry & {readonly code: FindingCode}

/** Every finding whose screen text has the words; a code such as PXE-E32 is enough. */
export function explainScreen(words: string): {findings: ScreenFinding[]} {
  return {findings: findByScreen(words).map((code) => ({code, ...catalogue[code]}))}
}
