// Runs once before all end-to-end tests: everything they need is there afterwards, or the run fails and says why. Nothing is skipped.
import {existsSync} from 'node:fs'
import {buildProgram} from './program.js'
import {makeAssets} from './assets.js'
import {removeLeftovers} from './network.js'
import {installPackages} from './packages.js'

export default async function setup(): Promise<void> {
  if (process.platform !== 'linux') throw new Error(`the end-to-end tests need Linux (network namespaces), this is ${process.platform}`)
  if (process.getuid?.() !== 0)
    throw new Error('the end-to-end tests need root (network namespaces, ports below 1024): sudo npm run test:e2e')
  if (!existsSync('/dev/net/tun'))
    throw new Error(
      'the end-to-end tests need /dev/net/tun for virtual machines: modprobe tun, or give the container --device /dev/net/tun',
    )
  await installPackages()
  await removeLeftovers()
  await buildProgram()
  await makeAssets()
}
