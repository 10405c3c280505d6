// What every command shares: the global flags, opening the lab, printing the answer once, and the one place where an
// error becomes text, JSON and an exit status.
import {Command, Flags} from '@oclif/core'
import {openLab, type Lab, type OpenLabOptions} from '../lab/open-lab.js'
import type {SettingName} from '../lab/setting-table.js'
import {recoverLab} from '../operations/recover-lab.js'
import {exitCodes, PxectlError, type ErrorKind} from '../errors.js'
import {usesColour} from './colour.js'
import {writeError} from './error-report.js'
import {escapeControl} from './escape.js'

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    config: Flags.string({
      description: 'settings file of the lab; without it: $PXECTL_CONFIG, then the nearest pxectl.ini upward',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
    }),
    verbose: Flags.boolean({description: 'more on stderr: each step, and the causes of errors', helpGroup: 'GLOBAL'}),
    'no-color': Flags.boolean({description: 'no colours, as NO_COLOR=1', helpGroup: 'GLOBAL'}),
  }

  private opened: Lab | undefined

  override async init(): Promise<void> {
    await super.init()
    if (this.argv.includes('--no-color')) process.env['NO_COLOR'] = '1'
  }

  /** Opens the lab that `--config` or the working folder names; it is closed when the command ends. */
  protected async openLab(flags: {config?: string | undefined}, settings: Partial<Record<SettingName, string>> = {}): Promise<Lab> {
    const lab = await openLab({...this.labOptions(flags), settings})
    this.opened = lab
    for (const note of await recoverLab(lab)) this.note(note)
    return lab
  }

  /** How to find the lab: `--config`, the environment, the working folder. */
  protected labOptions(flags: {config?: string | undefined}): OpenLabOptions {
    return {
      ...(flags.config === undefined ? {} : {configFlag: flags.config}),
      environment: process.env,
      workingFolder: workingFolder(),
    }
  }

  /** The answer for people, on stdout; silent under --json. */
  protected print(text: string): void {
    if (text !== '') this.log(text)
  }

  /** May the answer on stdout have colours? */
  protected usesColour(): boolean {
    return usesColour(process.stdout, process.env)
  }

  /** Does a person read the answer, and not a file or a program? */
  protected isAnswerRead(): boolean {
    return process.stdout.isTTY === true
  }

  /** A note beside the answer, on stderr. */
  protected note(text: string): void {
    process.stderr.write(`${escapeControl(text, {keepNewlines: true})}\n`)
  }

  protected warnings(warnings: readonly string[]): void {
    if (!this.jsonEnabled()) for (const warning of warnings) this.note(`Warning: ${warning}`)
  }

  /** For a command whose answer is a verdict: it is printed as any answer, and the exit status tells that it is bad. */
  protected setExitStatus(kind: ErrorKind): void {
    process.exitCode = exitCodes[kind]
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`)
  }

  protected override async catch(error: Error): Promise<void> {
    // `this.exit` inside oclif (help, version) comes here too and is no failure.
    if ('oclif' in error && (error as {code?: string}).code === 'EEXIT') throw error
    writeError(error, {json: this.jsonEnabled(), verbose: this.argv.includes('--verbose')})
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await this.opened?.close()
    await super.finally(error)
  }
}

/** A shell may stand in a folder that was removed. */
function workingFolder(): string {
  try {
    return process.cwd()
  } catch (cause) {
    throw new PxectlError('the working folder is gone: it was removed while this shell stood in it', {
      code: 'WORKING_FOLDER_GONE',
      kind: 'environment',
      suggestions: ['go to another one: cd'],
      cause,
    })
  }
}
