// `pxectl dhcp migrate isc kea --prove` on a configuration of migrations.ts.
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect} from 'vitest'
import {HOSTS, type Migration} from './migrations.js'
import {describe, type Finished} from './programs.js'
import {pxectlCommand} from './program.js'
import {run} from './programs.js'

export type ProofJson = {
  readonly ok: boolean
  readonly asked: number
  readonly equal: number
  readonly clients: readonly {
    readonly name: string
    readonly mac: string
    readonly subnet: string
    readonly address: string | null
    readonly differences: readonly {
      readonly field: string
      readonly dhcpd: string | null
      readonly kea: string | null
      readonly as: string[]
    }[]
  }[]
}

export type Proving = {
  readonly folder: string
  readonly conf: string
  readonly clients?: readonly string[]
  /** Before the PATH of the tests: another Kea. */
  readonly path?: string | undefined
}

/** The words of the command, and its environment; its temporary files are in the folder. */
export async function provingWords({folder, conf, clients = [], path}: Proving): Promise<{words: string[]; env: Record<string, string>}> {
  const hosts = join(folder, 'hosts.conf')
  await writeFile(hosts, HOSTS)
  const from = join(folder, 'dhcpd.conf')
  await writeFile(from, conf.replace('HOSTS', hosts).replace('EXECUTED', join(folder, 'executed')))
  const output = join(folder, 'converted.conf')
  const flags = ['--from', from, '--interface', 'br0', '--output', output, '--prove', '--json']
  return {
    words: [...pxectlCommand, 'dhcp', 'migrate', 'isc', 'kea', ...flags, ...clients.flatMap((mac) => ['--client', mac])],
    env: {TMPDIR: folder, PATH: [...(path === undefined ? [] : [path]), process.env['PATH'] ?? ''].join(':')},
  }
}

export async function prove(proving: Proving): Promise<Finished> {
  const {words, env} = await provingWords(proving)
  return run(words, {env, timeoutMs: 200_000})
}

/** dhcpd gives what is expected, and Kea says the same. */
export async function expectProved({conf, clients, addresses}: Migration, more: Pick<Proving, 'folder' | 'path'>): Promise<void> {
  const finished = await prove({conf, ...(clients === undefined ? {} : {clients}), ...more})
  const {proof, unconverted} = parse(finished)
  expect(proof?.clients.flatMap((client) => client.differences.map((difference) => ({machine: client.name, ...difference})))).toEqual([])
  const left = (unconverted ?? []).map(({statement}) => statement).filter((statement) => statement !== 'on commit')
  expect(left).toEqual([])
  expect(proof?.ok).toBe(true)
  expect(finished.exitCode, describe(finished)).toBe(0)
  const given = proof?.clients.map(({name, mac, subnet, address}) => [`${name === '(unknown)' ? mac : name} ${subnet}`, address])
  expect(Object.fromEntries(given ?? [])).toMatchObject(addresses)
}

export function parse(finished: Finished): {proof?: ProofJson; unconverted?: {statement: string}[]; error?: {code: string}} {
  try {
    return JSON.parse(finished.stdout) as ReturnType<typeof parse>
  } catch (cause) {
    throw new Error(`no JSON on stdout: ${describe(finished)}`, {cause})
  }
}
