// Where dnsmasq's configuration is, and where in it pxectl puts its own files.
//
//   /etc/dnsmasq.conf                     the user's; or a file of a conf-dir
//   /etc/dnsmasq.d/pxectl.conf            ours where a conf-dir is read, else a marked block in the file above: the two lines
//                                         dhcp-hostsdir=/etc/dnsmasq.pxectl/hosts and conf-dir=/etc/dnsmasq.pxectl/conf
//   /etc/dnsmasq.pxectl/hosts/NAME        one host; `.keep` makes the folder, which dnsmasq watches only if it was there at its start
//   /etc/dnsmasq.pxectl/conf/boot.conf    the boot options, or a comment: without the folder dnsmasq would not start
//   /etc/dnsmasq.pxectl/backups/…         apart, because dnsmasq takes every file of its folders for configuration
import {basename, dirname, join} from 'node:path'

export type DnsmasqPlaces = {
  /** The setting dhcp.config. */
  readonly config: string
  /** Where Debian's service says which folder it reads besides (`CONFIG_DIR=`). */
  readonly defaults: string
  /** What a dnsmasq reads that is not told otherwise. */
  readonly system: string
}

export type OwnPlaces = {
  readonly folder: string
  readonly hosts: string
  readonly keep: string
  readonly conf: string
  readonly boot: string
  readonly backups: string
}

export function ownPlaces({config}: Pick<DnsmasqPlaces, 'config'>): OwnPlaces {
  const folder = join(dirname(config), `${basename(config, '.conf')}.pxectl`)
  const conf = join(folder, 'conf')
  const hosts = join(folder, 'hosts')
  return {folder, hosts, keep: join(hosts, '.keep'), conf, boot: join(conf, 'boot.conf'), backups: join(folder, 'backups')}
}

/** Backups of hosts in a folder of their own: a host may be called as one of the other files. */
export function backupFolderFor(own: OwnPlaces, path: string): string {
  return dirname(path) === own.hosts ? join(own.backups, 'hosts') : own.backups
}

/** The lines that make dnsmasq read our folders. */
export function anchorLines(own: OwnPlaces): string[] {
  return [`dhcp-hostsdir=${own.hosts}`, `conf-dir=${own.conf}`]
}
