// Runs a program that would outlive this one, and writes its process id to a file. For exec-group.test.ts, which kills us.
import {execGroup} from '../../src/system/exec-group.js'

await execGroup({
  file: 'sh',
  args: ['-c', 'echo $$ >"$1"; exec sleep 600', 'sh', process.argv[2] ?? ''],
  endsWithUs: process.argv[3] !== 'alone',
})
