// What a machine's cards at plain NAT are told of booting, read from its settings file: `showvminfo` shows none of it. Pure.
//
//     <ExtraDataItem name="pxectl/nat-tftp-1" value="tk1"/>
//     <Adapter slot="0" …>
//       <NAT enable-tftp="true">
//         <TFTP prefix="" boot-file="pxelinux.0" next-server="10.0.0.1"/>

/** `isOn` is 7.2's, which older ones do not write. Empty: not set. */
export type NatBoot = {readonly isOn: boolean; readonly prefix: string; readonly file: string; readonly server: string}

/** Of one machine. */
export type NatSettings = {
  /** By card, from 1; only cards with settings. */
  readonly cards: ReadonlyMap<number, NatBoot>
  /** The machine's extra data, which anybody may add to. */
  readonly extraData: ReadonlyMap<string, string>
}

/** Reads the text of a .vbox file; what is not there is not set. */
export function parseNatSettings(xml: string): NatSettings {
  // Snapshots hold whole machines of their own.
  const own = xml.replace(/<Snapshot .*<\/Snapshot>/s, '')
  const cards = new Map<number, NatBoot>()
  for (const [, slot, body = ''] of own.matchAll(/<Adapter\b[^>]*\bslot="(\d+)"[^>]*[^/]>(.*?)<\/Adapter>/gs)) {
    const [nat = ''] = /<NAT\b[^>]*>/.exec(body) ?? []
    const [tftp = ''] = /<TFTP\b[^>]*>/.exec(body) ?? []
    const boot = {
      isOn: attribute(nat, 'enable-tftp') === 'true',
      prefix: attribute(tftp, 'prefix'),
      file: attribute(tftp, 'boot-file'),
      server: attribute(tftp, 'next-server'),
    }
    if (boot.isOn || tftp !== '') cards.set(Number(slot) + 1, boot)
  }
  const items = [...own.matchAll(/<ExtraDataItem\b[^>]*>/g)].map(([tag]) => [attribute(tag, 'name'), attribute(tag, 'value')] as const)
  return {cards, extraData: new Map(items)}
}

const ENTITIES: Readonly<Record<string, string>> = {amp: '&', quot: '"', apos: "'", lt: '<', gt: '>'}

function attribute(tag: string, name: string): string {
  const raw = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return raw.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, entity = '') =>
    decimal === undefined && hex === undefined
      ? (ENTITIES[entity as string] ?? whole)
      : String.fromCodePoint(decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal)),
  )
}
