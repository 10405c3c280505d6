// The suite of all back ends, on fakes of their daemons. The real daemons are asked in test/e2e.
import {readFileSync, writeFileSync} from 'node:fs'
import {type BackEndScene, testBackEnd} from './back-end-suite.js'
import {openScene, SUBNET} from './fake-dhcpd.js'

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
