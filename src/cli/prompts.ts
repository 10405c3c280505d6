// Questions, only on a terminal and only for what is missing. Scripts are never asked.
import {PxectlError} from '../errors.js'

/** May a question be asked? */
export function canPrompt(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Asks yes or no on a terminal; scripts (no terminal) and `assume` mean yes, because the command itself says what is wanted. */
export async function confirm(question: string, options: {assume: boolean}): Promise<void> {
  if (options.assume || !canPrompt()) return
  const prompts = await import('@inquirer/prompts')
  const yes = await asked(prompts.confirm({message: question, default: false}, {output: process.stderr}))
  if (!yes) throw declined()
}

/** Asks for a text, checked by `validate` (a message, or undefined when good). */
export async function askText(
  question: string,
  options: {default?: string; validate: (text: string) => string | undefined},
): Promise<string> {
  const {input} = await import('@inquirer/prompts')
  const answer = input(
    {
      message: question,
      validate: (text) => options.validate(text) ?? true,
      ...(options.default === undefined ? {} : {default: options.default}),
    },
    {output: process.stderr},
  )
  return asked(answer)
}

/** Asks for a secret twice, without showing it. Throws NO_TERMINAL where nobody can be asked. */
export async function askSecret(
  question: string,
  instead = 'put it on the first line of a file and name that: --root-password-file FILE',
): Promise<string> {
  if (!canPrompt()) {
    throw new PxectlError('there is no terminal to ask on', {
      code: 'NO_TERMINAL',
      kind: 'usage',
      suggestions: [instead],
    })
  }
  const {password} = await import('@inquirer/prompts')
  const ask = (message: string, validate: (text: string) => string | true): Promise<string> =>
    asked(password({message, mask: '*', validate}, {output: process.stderr}))
  const first = await ask(question, (text) => (text === '' ? 'it must not be empty' : true))
  await ask('once more', (text) => (text === first ? true : 'the two differ'))
  return first
}

const MOST_SECRET_BYTES = 4096

/** A secret asked for twice on a terminal, else the first line of stdin. Throws SECRET_MISSING where that is empty. */
export async function readSecret(question: string): Promise<string> {
  if (canPrompt()) return askSecret(question)
  let text = ''
  if (process.stdin.isTTY !== true) {
    for await (const chunk of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk
      if (text.includes('\n') || text.length > MOST_SECRET_BYTES) break
    }
  }
  const [line = ''] = text.split(/\r?\n/, 1)
  if (line !== '') return line
  throw new PxectlError(`there is no ${question} on stdin, and no terminal to ask on`, {
    code: 'SECRET_MISSING',
    kind: 'usage',
    suggestions: ['put it on the first line of stdin: pxectl … < FILE'],
  })
}

/** Asks for one of several. */
export async function askChoice<T extends string>(question: string, choices: readonly {value: T; name: string}[]): Promise<T> {
  const {select} = await import('@inquirer/prompts')
  return asked(select({message: question, choices}, {output: process.stderr}))
}

/** Ctrl-C at a question is a no, not a bug. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') throw declined()
    throw error
  }
}

function declined(): PxectlError {
  return new PxectlError('nothing was changed, as you wished', {code: 'DECLINED', kind: 'usage'})
}
