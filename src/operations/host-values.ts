// The values that describe a host, as people and scripts write them, to what the operations take.
import {type Ipv4, parseIpv4} from '../net/ipv4.js'
import {type Mac, parseHostMac} from '../net/mac.js'

export type HostTexts = {
  readonly ip?: string | undefined
  readonly mac?: string | undefined
  readonly root?: string | undefined
  readonly image?: string | undefined
  readonly bootArgs?: string | undefined
}

export type HostValues = {
  readonly ip?: Ipv4
  readonly mac?: Mac
  readonly root?: string
  readonly image?: string
  readonly bootArgs?: string
}

/** Only what is given; throws for an address that is none. */
export function parseHostValues({ip, mac, root, image, bootArgs}: HostTexts): HostValues {
  return {
    ...(ip === undefined ? {} : {ip: parseIpv4(ip)}),
    ...(mac === undefined ? {} : {mac: parseHostMac(mac)}),
    ...(root === undefined ? {} : {root}),
    ...(image === undefined ? {} : {image}),
    ...(bootArgs === undefined ? {} : {bootArgs}),
  }
}
