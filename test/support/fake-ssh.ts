// A program named ssh, first in the PATH, for tests that are not about ssh: it plays an answer for each machine.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {onTestFinished} from 'vitest'
import {temporaryFolder} from './temporary-folder.js'

export type FakeSsh = {
  /** What the machine of this name answers from now on. */
  readonly answer: (host: string, played: {readonly stdout?: string; readonly stderr?: string; readonly exitCode?: number}) => void
}

/** Machines that were given no answer are unknown to the name service. The arguments of the last call lie in `HOST.args`. */
export function installFakeSsh(): FakeSsh & {readonly folder: string} {
  const folder = temporaryFolder()
  const script = `#!/bin/sh
cd '${folder}'
arguments="$*"
while [ "$1" != -- ]; do shift; done
host=$2
cat >/dev/null
[ -e "$host.out" ] || { echo "ssh: Could not resolve hostname $host: Name or service not known" >&2; exit 255; }
echo "$arguments" >"$host.args"
cat "$host.err" >&2
cat "$host.out"
exit "$(cat "$host.status")"
`
  writeFileSync(join(folder, 'ssh'), script, {mode: 0o755})
  const before = process.env['PATH']
  process.env['PATH'] = `${folder}:${before}`
  onTestFinished(() => void (process.env['PATH'] = before))
  return {
    folder,
    answer: (host, {stdout = '', stderr = '', exitCode = 0}) => {
      writeFileSync(join(folder, `${host}.out`), stdout)
      writeFileSync(join(folder, `${host}.err`), stderr)
      writeFileSync(join(folder, `${host}.status`), String(exitCode))
    },
  }
}
