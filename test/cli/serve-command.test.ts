import {expect, test} from 'vitest'
import Serve from '../../commands/serve.js'
import {makeLab} from '../support/lab.js'
import {runCommand} from '../support/run-command.js'

test.each([
  [['--grace', 'abc'], 'abc'],
  [['--grace', '-1'], '-1'],
  [['--grace', '99999'], '99999'],
  [['--log-format', 'xml'], 'text, json'],
  [['--print-unit', 'nonsense'], 'service, socket'],
  [['--http-port', 'eighty'], 'eighty'],
])('%j is refused with what it should be', async (flags, said) => {
  const lab = await makeLab({loopback: true})
  const ran = await runCommand(Serve, ['--config', lab.config, ...flags])
  expect(ran.exitCode).toBe(2)
  expect(ran.stderr).toContain(said)
})

test('--print-unit prints a unit of this lab and serves nothing', async () => {
  const lab = await makeLab({loopback: true})
  const ran = await runCommand(Serve, ['--config', lab.config, '--no-http', '--print-unit'])
  expect(ran.exitCode).toBe(0)
  expect(ran.stdout).toMatch(new RegExp(`^ExecStart=.* serve --config ${lab.config} --no-http$`, 'm'))
  const json = await runCommand(Serve, ['--config', lab.config, '--print-unit', 'socket', '--json'])
  expect(json.json()).toMatchObject({path: '/etc/systemd/system/pxectl.socket', warnings: []})
})
