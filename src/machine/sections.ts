// The answer of the probing scripts: parts between markers, so that whatever login files print before, between and after does no harm.
//
//     Welcome to tk2!                     noise
//     @@pxectl begin
//     @@pxectl uname
//     Linux
//     @@pxectl end

export type Sections = ReadonlyMap<string, string>

/** `none`: no marker at all; `cut`: the answer broke off. */
export type Split = {readonly kind: 'whole'; readonly sections: Sections} | {readonly kind: 'none'} | {readonly kind: 'cut'}

const MARKER = /^@@pxectl ([\w-]+)$/

export function splitSections(text: string): Split {
  const lines = text.replaceAll('\r', '').split('\n')
  const names = lines.map((line) => MARKER.exec(line)?.[1])
  const from = names.indexOf('begin')
  if (from === -1) return {kind: 'none'}
  const to = names.indexOf('end', from)
  if (to === -1) return {kind: 'cut'}
  const sections = new Map<string, string>()
  let name = 'begin'
  for (let at = from; at < to; at++) {
    const found = names[at]
    if (found !== undefined) sections.set((name = found), '')
    else sections.set(name, `${sections.get(name) ?? ''}${lines[at]}\n`)
  }
  return {kind: 'whole', sections: new Map([...sections].map(([key, value]) => [key, value.trim()]))}
}

/** A whole number above zero and in reach of exact arithmetic, or undefined. */
export function findCount(text: string | undefined): number | undefined {
  const number = Number(text?.trim())
  return text !== undefined && /^\s*\d+\s*$/.test(text) && Number.isSafeInteger(number) && number > 0 ? number : undefined
}

/** The value behind `key: value` or `key=value` on a line of its own, or undefined. */
export function findValue(text: string | undefined, key: string): string | undefined {
  const line = text?.split('\n').find((one) => one.startsWith(key) && /^\s*[:=]/.test(one.slice(key.length)))
  const value = line
    ?.slice(key.length)
    .replace(/^\s*[:=]/, '')
    .trim()
  return value === '' ? undefined : value
}
