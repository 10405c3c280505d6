// Scripts with secrets, over the real HTTP server.
import {mkdirSync, writeFileSync} from 'node:fs'
import {createHash} from 'node:crypto'
import {expect, onTestFinished, test} from 'vitest'
import AddHost from '../../commands/add-host.js'
import HostToken from '../../commands/host/token.js'
import {openTree} from '../../src/bootfiles/resolve.js'
import {fetchHttp} from '../../src/http/client.js'
import {startHttpServer} from '../../src/http/server.js'
import {openLab} from '../../src/lab/open-lab.js'
import {SECRET_PATH, secretPlaces} from '../../src/operations/host-token.js'
import {secretPage} from '../../src/operations/secret-page.js'
import {makeLab} from '../support/lab.js'
import {runCommand} from '../support/run-command.js'

async function secretLab() {
  const made = await makeLab({loopback: true})
  await runCommand(AddHost, ['tk2', '--ip', '127.0.0.100', '--config', made.config])
  mkdirSync(made.path('secrets/tk2'), {recursive: true})
  writeFileSync(made.path('secrets/tk2/user-data'), 'password: own\n')
  writeFileSync(made.path('secrets/meta-data'), 'for: all\n')
  const lab = await openLab({configFlag: made.config, environment: {}, workingFolder: made.folder})
  const [warnings, clock]: [string[], {ms: number}] = [[], {ms: Date.now()}]
  const route = secretPage({places: secretPlaces(lab), now: () => new Date(clock.ms), onWarning: (message) => warnings.push(message)})
  const files = openTree(lab.settings.lab.tftpRoot)
  const server = await startHttpServer({address: '127.0.0.1', port: 0, files, routeFolders: {[SECRET_PATH]: route}})
  onTestFinished(async () => {
    await server.close()
    await lab.close()
  })
  const token = async (...flags: string[]): Promise<string> => {
    const ran = await runCommand(HostToken, ['tk2', '--config', made.config, ...flags])
    expect(ran.stderr).toBe('')
    return /\/secret\/([\w-]{43})\/\n$/.exec(ran.stdout)?.[1] ?? ran.stdout
  }
  const ask = async (path: string, from = '127.0.0.100', method: 'GET' | 'HEAD' = 'GET'): Promise<[number, string]> => {
    const chunks: Uint8Array[] = []
    const answer = await fetchHttp(`http://127.0.0.1:${server.port}${path}`, {
      localAddress: from,
      method,
      onData: (bytes) => chunks.push(bytes),
    })
    return [answer.status, Buffer.concat(chunks).toString('utf8')]
  }
  return {made, token, ask, warnings, clock}
}

test('each file is given once, to its host alone, and what is asked for again is told', async () => {
  const {token, ask, warnings} = await secretLab()
  const url = `/secret/${await token()}`
  expect(await ask(`${url}/user-data`, '127.0.0.9')).toEqual([403, 'this is for another machine\n'])
  expect(await ask(`${url}/user-data`)).toEqual([200, 'password: own\n'])
  expect(await ask(`${url}/meta-data`)).toEqual([200, 'for: all\n'])
  expect((await ask(`${url}/user-data`))[0]).toBe(410)
  expect((await ask(`${url}/vendor-data`))[0]).toBe(404)
  expect(warnings).toEqual([expect.stringContaining('127.0.0.9'), expect.stringContaining('asked again for user-data of tk2')])
})

test('of many who ask at once one gets it', async () => {
  const {token, ask} = await secretLab()
  const url = `/secret/${await token('--any-address')}/user-data`
  const answers = await Promise.all(Array.from({length: 20}, (_, n) => ask(url, `127.0.0.${n + 1}`)))
  expect(answers.filter(([status]) => status === 200)).toHaveLength(1)
  expect(answers.filter(([status]) => status === 410)).toHaveLength(19)
})

test('a token ends, and a new one does not need the old', async () => {
  const {token, ask, clock} = await secretLab()
  const url = `/secret/${await token('--hours', '1')}/user-data`
  clock.ms += 7_200_000
  expect((await ask(url))[0]).toBe(404)
  clock.ms -= 7_200_000
  expect((await ask(`/secret/${await token()}/user-data`))[0]).toBe(200)
})

test('no other path leads there, and none leads out', async () => {
  const {token, ask, made} = await secretLab()
  const secret = await token()
  for (const path of ['..%2fuser-data', '../pxectl.ini', '.hidden', '', 'user-data/', 'a/b', 'x'.repeat(100)]) {
    expect([path, (await ask(`/secret/${secret}/${path}`))[0]]).toEqual([path, 404])
  }
  const hash = createHash('sha256').update(secret).digest('hex')
  for (const path of ['/secret/', '/secret/x/user-data', `/secret/${hash}/user-data`, '/secrets/tk2/user-data', `/secret/${secret}`]) {
    expect([path, (await ask(path))[0]]).toEqual([path, 404])
  }
  expect((await ask(`/secret/${secret}/user-data`, '127.0.0.100', 'HEAD'))[0]).toBe(405)
  expect((await ask(`/secret/${secret}/user-data`))[0]).toBe(200)
  expect(made.config).not.toContain(secret)
})

test('without a script, a host or anything to do there is no token', async () => {
  const {made} = await secretLab()
  const missing = await runCommand(HostToken, ['tk9', '--config', made.config, '--json'])
  expect([missing.exitCode, (missing.json()['error'] as {code: string}).code]).toEqual([3, 'HOST_NOT_FOUND'])
  const dry = await runCommand(HostToken, ['tk2', '--config', made.config, '--dry-run', '--json'])
  expect(dry.json()).toMatchObject({dryRun: true, token: {host: 'tk2', url: null, files: ['meta-data', 'user-data']}})
  const bare = await makeLab({loopback: true})
  await runCommand(AddHost, ['tk2', '--config', bare.config])
  const none = await runCommand(HostToken, ['tk2', '--config', bare.config, '--json'])
  expect([none.exitCode, (none.json()['error'] as {code: string}).code]).toEqual([3, 'SECRETS_MISSING'])
})
