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
