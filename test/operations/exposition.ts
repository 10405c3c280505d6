// A strict reader of the Prometheus text format 0.0.4, for tests: it takes only what the format's page allows, and less.

export type Exposition = {readonly samples: ReadonlyMap<string, number>; readonly types: ReadonlyMap<string, string>}

const LABEL = /[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"/
const SAMPLE = new RegExp(
  `^([a-zA-Z_:][\\w:]*)(\\{${LABEL.source}(?:,${LABEL.source})*\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|NaN|[+-]Inf)$`,
)

/** Throws at the first line that is not well-formed, stands outside its family, or is there twice. */
export function readExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  let family = {name: '', type: ''}
  for (const line of text.split('\n').slice(0, -1)) {
    const help = /^# HELP (\S+) (\S.*)$/.exec(line)
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)
    if (help !== null) family = {name: help[1] ?? '', type: ''}
    else if (type !== null) {
      if (type[1] !== family.name || types.has(family.name)) throw new Error(`TYPE without its HELP, or twice: ${line}`)
      family = {name: family.name, type: type[2] ?? ''}
      types.set(family.name, family.type)
    } else readSample(line, family, samples)
  }
  return {samples, types}
}

function readSample(line: string, {name, type}: {name: string; type: string}, samples: Map<string, number>): void {
  const sample = SAMPLE.exec(line)
  if (sample === null) throw new Error(`not a sample: ${line}`)
  const [, metric = '', labels = '', value = ''] = sample
  const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name]
  if (type === '' || !names.includes(metric)) throw new Error(`outside of its family ${name}: ${line}`)
  if (type === 'counter' && !metric.endsWith('_total')) throw new Error(`a counter's name ends in _total: ${line}`)
  if (samples.has(metric + labels)) throw new Error(`twice: ${line}`)
  samples.set(metric + labels, Number(value))
}
