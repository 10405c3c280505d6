// The servers of one boot: who gives the address, who the files. They are started for each boot, so none is warmer than another.
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fetchHttp} from '../src/http/client.js'
import {fetchTftp} from '../src/tftp/client.js'
import type {Engine} from './contest.js'
import {HTTP_PORT, SERVER, type BootLab} from './power-on-lab.js'
import {nginxConf} from './http-servers.js'
import {getPeer, startServer, type RunningServer} from './programs.js'

/** With `pxectl` for DHCP it does all. Else dnsmasq names the boot file: `bench.ipxe` to iPXE, whoever else gets ipxe.efi first. */
export type Served =
  | {readonly dhcp: 'pxectl'}
  | {
      readonly dhcp: 'dnsmasq'
      readonly boot: 'pxelinux.0' | 'bench.ipxe'
      readonly tftp: 'pxectl' | 'in.tftpd' | 'dnsmasq'
      readonly http?: 'pxectl' | 'nginx'
    }

export async function startBootServers(lab: BootLab, served: Served, engine: Engine): Promise<{stop(): Promise<void>}> {
  const started: RunningServer[] = []
  const stop = async (): Promise<void> => {
    for (const server of started.reverse()) await server.stop()
  }
  try {
    if (served.dhcp === 'pxectl') {
      started.push(await startOurs(lab, 'full', engine))
      return {stop}
    }
    if (served.tftp === 'pxectl') started.push(await startOurs(lab, 'off', engine))
    if (served.tftp === 'in.tftpd') started.push(await startInTftpd(lab))
    if (served.http === 'nginx') started.push(await startNginx(lab))
    started.push(await startDnsmasq(lab, served))
    return {stop}
  } catch (error) {
    await stop()
    throw error
  }
}

function startOurs({bin, config, folder}: BootLab, dhcp: 'full' | 'off', engine: Engine): Promise<RunningServer> {
  const {PXECTL_SERVE_ENGINE: _, ...rest} = process.env
  const env = engine === 'plain' ? {...rest, PXECTL_SERVE_ENGINE: 'plain'} : rest
  const args = [bin, 'serve', '--config', config, '--dhcp', dhcp]
  return startServer({file: process.execPath, args, port: 69, folder, env, check: () => checkTftp('bench.ipxe')})
}

function startInTftpd({folder, root}: BootLab): Promise<RunningServer> {
  const args = ['-L', '-a', `${SERVER}:69`, '-s', root]
  return startServer({file: getPeer('in.tftpd', 'apt-get install tftpd-hpa'), args, port: 69, folder, check: () => checkTftp('bench.ipxe')})
}

function startNginx({folder, root}: BootLab): Promise<RunningServer> {
  const own = join(folder, 'nginx')
  mkdirSync(own, {recursive: true})
  const config = join(own, 'nginx.conf')
  writeFileSync(config, nginxConf(own, {address: SERVER, port: HTTP_PORT, root}))
  const check = async (): Promise<void> => void (await fetchHttp(`http://${SERVER}:${HTTP_PORT}/bench.ipxe`))
  const args = ['-e', 'stderr', '-p', own, '-c', config]
  return startServer({file: getPeer('nginx', 'apt-get install nginx-light'), args, port: HTTP_PORT, folder: own, check})
}

function startDnsmasq({folder, root}: BootLab, {boot, tftp}: Extract<Served, {dhcp: 'dnsmasq'}>): Promise<RunningServer> {
  const file = getPeer('dnsmasq', 'apt-get install --no-install-recommends dnsmasq-base')
  const script = [
    '--dhcp-match=set:ipxe,175',
    `--dhcp-boot=tag:ipxe,http://${SERVER}:${HTTP_PORT}/bench.ipxe`,
    `--dhcp-boot=tag:!ipxe,ipxe.efi,,${SERVER}`,
  ]
  const bootWords = boot === 'pxelinux.0' ? [`--dhcp-boot=pxelinux.0,,${SERVER}`] : script
  const files = tftp === 'dnsmasq' ? ['--enable-tftp', `--tftp-root=${root}`] : []
  const leases = [
    '--dhcp-range=192.168.56.100,192.168.56.199',
    '--dhcp-authoritative',
    '--no-ping',
    `--dhcp-leasefile=${join(folder, 'leases')}`,
  ]
  const args = [
    '--no-daemon',
    '--port=0',
    '--interface=br0',
    '--bind-interfaces',
    '--conf-file=/dev/null',
    '--pid-file=',
    ...leases,
    ...bootWords,
    ...files,
  ]
  // It answers DHCP as soon as it answers TFTP; without that it is given a moment.
  const check = tftp === 'dnsmasq' ? () => checkTftp('bench.ipxe') : () => new Promise<void>((resolve) => setTimeout(resolve, 500))
  return startServer({file, args, port: 67, folder, check})
}

async function checkTftp(name: string): Promise<void> {
  await fetchTftp({server: SERVER, port: 69, name, blksize: 1432, timeoutMs: 500})
}
