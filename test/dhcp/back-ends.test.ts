// The suite of all back ends, on fakes of their daemons. The real daemons are asked in test/e2e.
import {readFileSync, writeFileSync} from 'node:fs'
import {type BackEndScene, testBackEnd} from './back-end-suite.js'
import {openScene, SUBNET} from './fake-dhcpd.js'
import {openDnsmasqScene} from './fake-dnsmasq.js'
import {openVirtualboxScene} from './fake-vboxmanage.js'
import {openVmwareScene} from './fake-vmware.js'
import {KEA_CONF, openKeaScene} from './fake-kea.js'

function isc(): BackEndScene {
  const scene = openScene(SUBNET)
  const {dhcpd, config} = scene
  return {
    server: scene.server,
    files: () => ({[config]: scene.text()}),
    refuseTests: () => dhcpd.tests.push(() => ({exitCode: 1, stderr: 'no\n'})),
    failRestarts: () => dhcpd.restarts.push(() => ({exitCode: 1, running: false})),
    calls: () => dhcpd.calls.splice(0),
    changeByHand: () => writeFileSync(config, `${readFileSync(config, 'latin1')}# by hand\n`, 'latin1'),
  }
}

function dnsmasq(dropIns: boolean): BackEndScene {
  const {server, daemon, files, write} = openDnsmasqScene(undefined, {dropIns})
  return {
    server,
    files,
    refuseTests: () => void (daemon.refuses = 'dnsmasq: bad option at line 3 of dnsmasq.conf\n'),
    failRestarts: () => void (daemon.restartFails = true),
    calls: () => daemon.calls.splice(0),
    changeByHand: () => write('dnsmasq.pxectl/hosts/one', '52:54:00:00:00:01,one,10.0.0.77\n'),
  }
}

function vmware(): BackEndScene {
  const {config, server, daemon, text, write} = openVmwareScene(SUBNET)
  return {
    server,
    files: () => ({[config]: text()}),
    refuseTests: () => {
      throw new Error('there is no vmnet-dhcpd -t')
    },
    failRestarts: () => void (daemon.startFails = true),
    calls: () => daemon.calls.splice(0).map(() => 'restart'),
    changeByHand: () => write(`${text()}# by hand\n`),
  }
}

function virtualbox(): BackEndScene {
  const {server, vbox, fake, text} = openVirtualboxScene()
  return {
    server,
    files: async () => ({'virtualbox:lab': await text()}),
    refuseTests: () => {
      throw new Error('VBoxManage has no test of its own')
    },
    failRestarts: () => void (fake.restartFails = true),
    calls: () => fake.calls.splice(0).flatMap((call) => (call.startsWith('dhcpserver restart') ? ['restart'] : [])),
    changeByHand: () => vbox.mustRun(['dhcpserver', 'modify', '--network=lab', '--global', '--set-opt=3', '10.0.0.1']),
  }
}

function kea(): BackEndScene {
  const {server, daemon, config, text} = openKeaScene(KEA_CONF)
  return {
    server,
    files: () => ({[config]: text()}),
    refuseTests: () => daemon.tests.push(() => ({exitCode: 1, stderr: 'Error encountered: no\n'})),
    failRestarts: () => daemon.reloads.push(() => ({result: 1, text: 'no'})),
    calls: () => daemon.calls.splice(0),
    changeByHand: () => writeFileSync(config, `${readFileSync(config, 'latin1')}# by hand\n`, 'latin1'),
  }
}

testBackEnd({name: 'isc', open: isc, canTest: true})
testBackEnd({name: 'dnsmasq', open: () => dnsmasq(false), canTest: true})
testBackEnd({name: 'dnsmasq with a folder of drop-ins', open: () => dnsmasq(true), canTest: true})
testBackEnd({name: 'vmware', open: vmware, canTest: false, hasOneFile: true})
testBackEnd({name: 'virtualbox', open: virtualbox, canTest: false, hasOneFile: true})
testBackEnd({name: 'kea', open: kea, canTest: true})
