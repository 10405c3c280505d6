// A dhcpd.conf with 100,000 hosts: parse it, add one host, write it, against `dhcpd -t` only reading it. Whole processes.
import {copyFileSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {runContest, type Plan, type Row, type Sample} from './contest.js'
import type {Ground} from './ground.js'
import {getPeer, timeProgram} from './programs.js'
import {HOST_COUNT, sampleHost, sampleHosts} from './sample-hosts.js'

const WORK = `dhcpd.conf with ${HOST_COUNT.toLocaleString('en')} hosts: parse, add one, write`

export async function measureDhcpdConf(ground: Ground, plan: Plan): Promise<Row[]> {
  if (!plan.wants(WORK)) return []
  const {folder} = ground
  const original = join(folder, 'dhcpd.conf.original')
  const config = join(folder, 'dhcpd.conf')
  writeFileSync(original, dhcpdConf())
  const worker = ground.worker('add-to-dhcpd-conf')
  const task = JSON.stringify({distUrl: ground.distUrl, config, stateFolder: folder, host: sampleHost(HOST_COUNT + 1)})
  const ours = async (): Promise<Sample> => {
    copyFileSync(original, config)
    const sample = await timeProgram({file: process.execPath, args: [worker, task], folder})
    checkAdded(readFileSync(original, 'latin1'), readFileSync(config, 'latin1'))
    return sample
  }
  const theirs = async (): Promise<Sample> =>
    timeProgram({file: getPeer('dhcpd', 'apt-get install isc-dhcp-server'), args: ['-t', '-cf', original], folder})
  const limits = {floor: {atMost: 1}, goal: {atMost: 0.5}}
  return runContest(
    {
      entrants: {pxectl: ours, 'dhcpd -t reading it': theirs},
      comparisons: [{work: WORK, ours: 'pxectl', peer: 'dhcpd -t reading it', unit: 'ms', ...limits}],
    },
    plan,
  )
}

function dhcpdConf(): string {
  const hosts = sampleHosts().map(({name, ip, mac}) => `host ${name} {\n  hardware ethernet ${mac};\n  fixed-address ${ip};\n}\n`)
  return `default-lease-time 600;\nsubnet 10.0.0.0 netmask 255.0.0.0 {\n  option routers 10.0.0.1;\n}\n${hosts.join('')}`
}

/** Every old byte is still there, in order, and around the insertion; and what was inserted is the host. */
function checkAdded(before: string, after: string): void {
  let same = 0
  while (same < before.length && before[same] === after[same]) same++
  const inserted = after.slice(same, after.length - (before.length - same))
  const isWhole = after.endsWith(before.slice(same)) && inserted.includes(sampleHost(HOST_COUNT + 1).mac)
  if (!isWhole) throw new Error('the written dhcpd.conf is not the old one with one host more')
}
