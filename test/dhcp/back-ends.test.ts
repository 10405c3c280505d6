// The suite of all back ends, on fakes of their daemons. The real daemons are asked in test/e2e.
import {readFileSync, writeFileSync} from 'node:fs'
import {type BackEndScene, testBackEnd} from './back-end-suite.js'
import {openScene, SUBNET} from './fake-dhcpd.js'
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

testBackEnd({name: 'isc', open: isc, canTest: true})

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

testBackEnd({name: 'kea', open: kea, canTest: true})
