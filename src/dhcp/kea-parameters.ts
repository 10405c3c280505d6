// What a scope of dhcpd.conf says beside its declarations (options, next-server, lease times), in Kea's words.
import type {Word} from '../dhcpd-conf/words.js'
import {findIpv4} from '../net/ipv4.js'
import {type KeaOption, keaOptionOf, type OptionDefinition} from './kea-options.js'

export type Json = Record<string, unknown>

/** What a scope says beside declarations; the keys are Kea's. */
export type Parameters = {readonly values: Json; readonly options: KeaOption[]; useHostNames?: boolean}

/** Of no meaning to Kea, or the same as its default. */
const SILENT =
  /^(ddns-update-style none|ddns-updates (off|false)|log-facility|allow (booting|bootp)|min-secs|pid-file-name|lease-file-name|dhcp-lease-file-name|ping-check|ping-timeout|one-lease-per-client|deny declines|get-lease-hostnames|omapi-port)\b/i

export function newParameters(): Parameters {
  return {values: {}, options: []}
}

/** Takes one statement (`option …`, `next-server …`, lease times) into the scope; false where it is none of these, or has no counterpart. */
export function addParameter(words: readonly Word[], scope: Parameters, definitions: ReadonlyMap<string, OptionDefinition>): boolean {
  const [first = '', second = '', third] = words.map(({text}) => text)
  switch (first.toLowerCase()) {
    case 'option': {
      const option = keaOptionOf(words, definitions)
      if (option === undefined) return false
      // The nearer scope's value stands behind.
      const at = scope.options.findIndex(({name, code}) => name === option.name && code === option.code)
      if (at >= 0) scope.options.splice(at, 1)
      scope.options.push(option)
      return true
    }
    case 'default-lease-time':
      return setNumber(scope, 'valid-lifetime', second)
    case 'max-lease-time':
      return setNumber(scope, 'max-valid-lifetime', second)
    case 'min-lease-time':
      return setNumber(scope, 'min-valid-lifetime', second)
    case 'next-server':
      return findIpv4(second) !== undefined && set(scope, 'next-server', second)
    case 'filename':
      return words.length === 2 && set(scope, 'boot-file-name', second)
    case 'server-name':
      return words.length === 2 && set(scope, 'server-hostname', second)
    case 'authoritative':
      return set(scope, 'authoritative', true)
    case 'use-host-decl-names':
      scope.useHostNames = /^(on|true)$/i.test(second)
      return true
  }
  return SILENT.test([first, second, third].filter((word) => word !== undefined).join(' '))
}

export function inherited({values, options, useHostNames}: Parameters): Parameters {
  return {values: {...values}, options: [...options], ...(useHostNames === undefined ? {} : {useHostNames})}
}

export function rendered({values, options}: Parameters): Json {
  return {...values, ...(options.length > 0 && {'option-data': options})}
}

/** HTTP boot needs the vendor class back, which no client asks for (UEFI 2.10, 24.7.3.1). */
export function classBody(scope: Parameters): Json {
  const options = scope.options.map((option) => (option.name === 'vendor-class-identifier' ? {...option, 'always-send': true} : option))
  return rendered({values: scope.values, options})
}

function set(scope: Parameters, key: string, value: unknown): true {
  scope.values[key] = value
  return true
}

function setNumber(scope: Parameters, key: string, text: string): boolean {
  return /^\d+$/.test(text) && set(scope, key, Number(text))
}
