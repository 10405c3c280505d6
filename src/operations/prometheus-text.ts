// The text exposition format of Prometheus, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). Pure.
//
//     # HELP pxectl_bytes_total Bytes of files sent.
//     # TYPE pxectl_bytes_total counter
//     pxectl_bytes_total{protocol="tftp"} 512

export type Labels = Readonly<Record<string, string>>

export type Sample = {readonly labels?: Labels; readonly value: number}

export type Family =
  | {readonly kind: 'counter' | 'gauge'; readonly name: string; readonly help: string; readonly samples: readonly Sample[]}
  | {readonly kind: 'histogram'; readonly name: string; readonly help: string; readonly samples: readonly HistogramSample[]}

export type HistogramSample = {
  readonly labels: Labels
  /** Upper bounds, rising, without +Inf. */
  readonly bounds: readonly number[]
  /** How many values fell under each bound and over the one before; the last is for those over all bounds. */
  readonly counts: readonly number[]
  readonly sum: number
}

export const exposition = {contentType: 'text/plain; version=0.0.4; charset=utf-8'} as const

/** All families as one text, which ends with a newline, as the format wants it. */
export function renderFamilies(families: readonly Family[]): string {
  return families
    .flatMap((family) => [
      `# HELP ${family.name} ${escapeHelp(family.help)}`,
      `# TYPE ${family.name} ${family.kind}`,
      ...(family.kind === 'histogram'
        ? family.samples.flatMap((sample) => histogramLines(family.name, sample))
        : family.samples.map(({labels, value}) => sampleLine(family.name, labels ?? {}, value))),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

function histogramLines(name: string, {labels, bounds, counts, sum}: HistogramSample): string[] {
  let under = 0
  const buckets = [...bounds.map(String), '+Inf'].map((le, index) => {
    under += counts[index] ?? 0
    return sampleLine(`${name}_bucket`, {...labels, le}, under)
  })
  return [...buckets, sampleLine(`${name}_sum`, labels, sum), sampleLine(`${name}_count`, labels, under)]
}

function sampleLine(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
