// next-server and the file names that firmware is given, from the settings of the lab.
import {filenameFor, type FilenameSettings} from '../boot/firmware.js'
import type {BootOptions} from '../dhcp/reservation.js'
import {requireSetting} from '../lab/require-setting.js'
import type {Settings} from '../lab/settings.js'

/** What boot/firmware.ts needs to choose a file name. */
export function filenameSettings(settings: Settings): FilenameSettings {
  return {
    server: requireSetting(settings.network.server, 'network.server'),
    httpPort: settings.serve.httpPort,
    bootLoader: settings.boot.loader,
    loaders: optionalNames({uefiX64: settings.boot.loaderX64, uefiIa32: settings.boot.loaderIa32, uefiArm64: settings.boot.loaderArm64}),
  }
}

/** The boot options of a DHCP server's configuration. */
export function bootOptionsOf(settings: Settings): BootOptions {
  const names = filenameSettings(settings)
  const get = (architecture: number, kind: {isIpxe?: boolean; isHttpClient?: boolean} = {}): string | undefined =>
    filenameFor({architecture, isIpxe: false, isHttpClient: false, ...kind}, names)
  const bios = get(0) ?? ''
  return {
    nextServer: names.server,
    ipxeScript: get(7, {isIpxe: true}) ?? '',
    loaderForBiosIpxe: get(0, {isIpxe: true}) === bios,
    loaders: optionalNames({bios, uefiX64: get(7) ?? bios, uefiIa32: get(6), uefiArm64: get(11)}),
    httpLoaders: optionalNames({
      uefiX64: get(16, {isHttpClient: true}),
      uefiIa32: get(15, {isHttpClient: true}),
      uefiArm64: get(19, {isHttpClient: true}),
    }),
  }
}

function optionalNames<T extends Record<string, string | undefined>>(names: T): {[K in keyof T]: Exclude<T[K], undefined>} {
  return Object.fromEntries(Object.entries(names).filter(([, name]) => name !== undefined)) as {[K in keyof T]: Exclude<T[K], undefined>}
}
