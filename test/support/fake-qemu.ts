// Programs named qemu-system-x86_64 and qemu-img, first in the PATH, for tests that are not about QEMU (test/e2e has the real ones): a
// monitor that speaks QMP on a socket, a process id, and a status at the end.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {onTestFinished} from 'vitest'
import {temporaryFolder} from './temporary-folder.js'

const QEMU = `
const {createServer} = require('node:net')
const {writeFileSync, rmSync} = require('node:fs')
const words = process.argv.slice(2)
if (words.includes('--version')) { console.log('QEMU emulator version 7.2.22 (Debian)'); process.exit(0) }
const after = (name) => words[words.indexOf(name) + 1]
if (process.env.FAKE_QEMU_FAILS) { console.error('qemu-system-x86_64: ' + process.env.FAKE_QEMU_FAILS); process.exit(1) }
const listen = (id, serve) => {
  const spec = words.find((word) => word.startsWith('socket,id=' + id))
  if (spec === undefined) return
  const path = /path=([^,]+)/.exec(spec)[1]
  rmSync(path, {force: true})
  createServer(serve).listen(path)
}
writeFileSync(after('-pidfile'), String(process.pid))
let status = 'running'
listen('serial', (socket) => { socket.on('error', () => {}); socket.write('login: '); socket.on('data', (data) => socket.write(data)) })
listen('monitor', (socket) => {
  socket.on('error', () => {})
  socket.write(JSON.stringify({QMP: {version: {}, capabilities: []}}) + '\\r\\n')
  let text = ''
  socket.on('data', (data) => {
    text += data
    for (let at = text.indexOf('\\n'); at !== -1; at = text.indexOf('\\n')) {
      const {execute} = JSON.parse(text.slice(0, at))
      text = text.slice(at + 1)
      if (execute === 'system_reset') socket.write(JSON.stringify({event: 'RESET'}) + '\\r\\n')
      socket.write(JSON.stringify({return: execute === 'query-status' ? {status, running: true} : {}}) + '\\r\\n')
      if (execute === 'quit' || (execute === 'system_powerdown' && !process.env.FAKE_QEMU_STAYS)) setTimeout(() => process.exit(0), 20)
    }
  })
})
`

export type FakeQemu = {
  /** Where pxectl keeps its machines now. */
  readonly vmFolder: string
  /** The environment in which it is found, beside what there is. */
  readonly environment: Readonly<Record<string, string>>
}

/** Also sets PXECTL_VM_FOLDER. What a test leaves running ends with it. */
export function installFakeQemu(): FakeQemu {
  const folder = temporaryFolder()
  const vmFolder = join(temporaryFolder(), 'vms')
  writeFileSync(join(folder, 'qemu.cjs'), QEMU)
  writeFileSync(join(folder, 'qemu-system-x86_64'), `#!/bin/sh\nexec '${process.execPath}' '${folder}/qemu.cjs' "$@"\n`, {mode: 0o755})
  writeFileSync(
    join(folder, 'qemu-img'),
    '#!/bin/sh\n[ -z "$FAKE_QEMU_IMG_FAILS" ] || { echo "qemu-img: no space" >&2; exit 1; }\nshift 4\n: >"$1"\n',
    {mode: 0o755},
  )
  const environment = {PATH: `${folder}:${process.env['PATH']}`, PXECTL_VM_FOLDER: vmFolder}
  const before = {PATH: process.env['PATH'], PXECTL_VM_FOLDER: process.env['PXECTL_VM_FOLDER']}
  Object.assign(process.env, environment)
  onTestFinished(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    }
  })
  return {vmFolder, environment}
}
