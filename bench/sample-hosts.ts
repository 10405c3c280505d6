// The same many hosts for every subject that needs them.
export const HOST_COUNT = 100_000

export type SampleHost = {readonly name: string; readonly ip: string; readonly mac: string}

/** Host number `index` in 10.0.0.0/8, with a locally administered MAC address. */
export function sampleHost(index: number): SampleHost {
  const bytes = [(index >> 16) & 0xff, (index >> 8) & 0xff, index & 0xff]
  const mac = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
  return {name: `h${String(index).padStart(6, '0')}`, ip: `10.${bytes.join('.')}`, mac: `02:00:00:${mac}`}
}

export function sampleHosts(count = HOST_COUNT): SampleHost[] {
  return Array.from({length: count}, (_, index) => sampleHost(index + 1))
}
