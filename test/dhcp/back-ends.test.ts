// The suite of all back ends, on fakes of their daemons. The real daemons are asked in test/e2e.
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {type BackEndScene, testBackEnd} from './back-end-suite.js'
import {openScene, SUBNET} from './fake-dhcpd.js'
import {openDnsmasqScene} from './fake-dnsmasq.js'
import {openVirtualboxScene} from './fake-vboxmanage.js'
import {openVmwareScene} from './fake-vmware.js'
import {KEA_CONF, openKeaScene} from './fake-kea.js'
import {temporaryFolder} from '../support/temporary-folder.js'

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
    record: {
      path: join(scene.folder, 'dhcpd.leases'),
      render: ({ip, mac, endsMs}) =>
        `lease ${ip} {\n  ends epoch ${Math.trunc(endsMs / 1000)};\n  binding state active;\n  hardware ethernet ${mac};\n}\n`,
    },
  }
}

function dnsmasq(dropIns: boolean): BackEndScene {
  const {folder, server, daemon, files, write} = openDnsmasqScene(undefined, {dropIns})
  return {
    server,
    files,
    refuseTests: () => void (daemon.refuses = 'dnsmasq: bad option at line 3 of dnsmasq.conf\n'),
    failRestarts: () => void (daemon.restartFails = true),
    calls: () => daemon.calls.splice(0),
    changeByHand: () => write('dnsmasq.pxectl/hosts/one', '52:54:00:00:00:01,one,10.0.0.77\n'),
    record: {
      path: join(folder, 'dnsmasq.leases'),
      render: ({ip, mac, endsMs}) => `${Math.trunc(endsMs / 1000)} ${mac} ${ip} * *\n`,
    },
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
    record: {
      path: config.replace(/conf$/, 'leases'),
      render: ({ip, mac, endsMs}) => `lease ${ip} {\n\tends epoch ${Math.trunc(endsMs / 1000)};\n\thardware ethernet ${mac};\n}\n`,
    },
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
  const leasesPath = join(temporaryFolder(), 'leases.csv')
  const {server, daemon, config, text} = openKeaScene(
    KEA_CONF.replace('"subnet4"', `"lease-database": {"type": "memfile", "name": "${leasesPath}"},\n    "subnet4"`),
  )
  return {
    server,
    files: () => ({[config]: text()}),
    refuseTests: () => daemon.tests.push(() => ({exitCode: 1, stderr: 'Error encountered: no\n'})),
    failRestarts: () => daemon.reloads.push(() => ({result: 1, text: 'no'})),
    calls: () => daemon.calls.splice(0),
    changeByHand: () => writeFileSync(config, `${readFileSync(config, 'latin1')}# by hand\n`, 'latin1'),
    record: {
      path: leasesPath,
      render: ({ip, mac, endsMs}) =>
        `address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n${ip},${mac},,600,${Math.trunc(endsMs / 1000)},1,0,0,,0,\n`,
    },
  }
}

testBackEnd({name: 'isc', open: isc, canTest: true})
testBackEnd({name: 'dnsmasq', open: () => dnsmasq(false), canTest: true})
testBackEnd({name: 'dnsmasq with a folder of drop-ins', open: () => dnsmasq(true), canTest: true})
testBackEnd({name: 'vmware', open: vmware, canTest: false, hasOneFile: true})
testBackEnd({name: 'virtualbox', open: virtualbox, canTest: false, hasOneFile: true})
testBackEnd({name: 'kea', open: kea, canTest: true})
