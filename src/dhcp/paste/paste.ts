// What a lab wants of a DHCP server that pxectl does not configure, as text to paste or to type in. Pure.
import {pasteDnsmasq} from './dnsmasq.js'
import {pasteIsc} from './isc.js'
import {pasteKea} from './kea.js'
import {pastePfSense} from './pfsense.js'
import {pasteRouter} from './router.js'
import {pasteVirtualbox} from './virtualbox.js'
import type {Wanted} from './wanted.js'
import {pasteWindows} from './windows.js'

export const pasteForms = ['isc', 'kea', 'dnsmasq', 'pfsense', 'windows', 'virtualbox', 'router'] as const
export type PasteForm = (typeof pasteForms)[number]

const RENDERERS: Readonly<Record<PasteForm, (wanted: Wanted) => readonly string[]>> = {
  isc: pasteIsc,
  kea: pasteKea,
  dnsmasq: pasteDnsmasq,
  pfsense: pastePfSense,
  windows: pasteWindows,
  virtualbox: pasteVirtualbox,
  router: pasteRouter,
}

/** The text, with a final line end unless it is empty. */
export function renderPaste(form: PasteForm, wanted: Wanted): string {
  return RENDERERS[form](wanted)
    .map((line) => `${line}\n`)
    .join('')
}
