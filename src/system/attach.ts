// The door to programs that people talk to: they have our terminal, or our input and output.
import {spawn} from 'node:child_process'
import {programMissing, type CommandLine} from './exec.js'

export type Attach = (command: Pick<CommandLine, 'file' | 'args' | 'cwd'>) => Promise<{readonly exitCode: number}>

/**
 * Runs a program with our stdin, stdout and stderr. Descriptor 3 of it is a pipe that ends when this process does, however that ends.
 * Ctrl-C is the program's. The status of one that a signal ended is that of sh(1): 128 and more.
 */
export const attach: Attach = ({file, args, cwd}) =>
  new Promise((resolve, reject) => {
    const ignore = (): void => undefined
    process.on('SIGINT', ignore)
    const child = spawn(file, args, {stdio: ['inherit', 'inherit', 'inherit', 'pipe'], ...(cwd === undefined ? {} : {cwd})})
    child.stdio[3]?.on('error', ignore)
    child.once('error', (cause) => {
      process.off('SIGINT', ignore)
      reject(programMissing(file, cause))
    })
    child.once('exit', (exitCode) => {
      process.off('SIGINT', ignore)
      child.stdio[3]?.destroy()
      resolve({exitCode: exitCode ?? 143})
    })
  })
