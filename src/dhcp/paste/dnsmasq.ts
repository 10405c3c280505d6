// dnsmasq.conf.
import {renderDnsmasqBoot} from '../dnsmasq-boot.js'
import {renderHostLine} from '../dnsmasq-conf.js'
import type {Wanted} from './wanted.js'

export function pasteDnsmasq({hosts, boot}: Wanted): string[] {
  return [...(boot === undefined ? [] : renderDnsmasqBoot(boot)), ...hosts.map((host) => `dhcp-host=${renderHostLine(host)}`)]
}
