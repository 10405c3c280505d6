// What a dhcpd.conf declares, as every back end tells it.
import {findHostsRegion} from '../dhcpd-conf/edit.js'
import {lineCounter, spanOf, tokenEnd, tokenStart} from '../dhcpd-conf/tree.js'
import {findHostFirmware} from './isc-firmware.js'
import type {ConfFile} from './isc-load.js'
import type {DeclaredHost, DynamicRange} from './server.js'

/** The `range` statements of a file. */
export function declaredRanges({bytes, declarations, path, tree}: ConfFile): DynamicRange[] {
  const line = lineCounter(bytes)
  return declarations.ranges.map(({first, last, statement}) => ({first, last, file: path, line: line(spanOf(tree, statement).start)}))
}

/** The hosts of a file; those in the marked region are pxectl's. */
export function declaredHosts(file: ConfFile): DeclaredHost[] {
  const {tree} = file
  const line = lineCounter(tree.bytes)
  const region = findHostsRegion(tree)
  const regionStart = region === undefined ? Infinity : tokenStart(tree, region.begin)
  const regionEnd = region?.end === undefined ? -1 : tokenEnd(tree, region.end)
  const blocks = findHostFirmware(file)
  return file.declarations.hosts.map((host) => {
    const {start} = spanOf(tree, host.statement)
    const {firmware} = blocks.get(host.statement) ?? {}
    return {
      name: host.name.text,
      mac: host.hardware?.mac,
      addresses: host.fixedAddress?.values.map(({text}) => text) ?? [],
      file: file.path,
      line: line(start),
      managed: start > regionStart && start < regionEnd,
      ...(firmware === undefined ? {} : {firmware}),
    }
  })
}
