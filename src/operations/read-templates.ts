// The lab's own frames for menus, beside pxectl.ini and never below the TFTP root, where everybody could read them:
//
//   templates/pxelinux   templates/ipxe   templates/grub   templates/menu.lst
import {dirname, join} from 'node:path'
import {menuFormats, type MenuFormat} from '../boot/formats.js'
import type {BootContext, MenuTemplates} from '../boot/menu.js'
import {parseTemplate} from '../boot/template.js'
import {messageOf, PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {findStats, readBytes} from '../system/files.js'

/** The folder, beside the settings of the lab. */
const TEMPLATES_FOLDER = 'templates'

/** Where the lab's own template would lie; absolute. */
export function templatePath({configPath}: Pick<Lab, 'configPath'>, format: MenuFormat): string {
  return join(dirname(configPath), TEMPLATES_FOLDER, format)
}

/** Never throws: what is wrong with a template is told to whoever makes a menu of it. */
export async function readTemplates(lab: Pick<Lab, 'configPath'>): Promise<MenuTemplates> {
  const texts = new Map<MenuFormat, string>()
  const problems = new Map<MenuFormat, PxectlError>()
  for (const format of menuFormats) {
    const path = templatePath(lab, format)
    try {
      const text = await readTemplate(path, format)
      if (text !== undefined) texts.set(format, text)
    } catch (error) {
      problems.set(format, error instanceof PxectlError ? error : unreadable(path, error))
    }
  }
  return {texts, problems}
}

/** For servers, which must not stop a rack for a mistake in a template: built-in frames in place of those that cannot be used. */
export function withoutBrokenTemplates(context: BootContext): BootContext {
  const {templates} = context
  return templates === undefined ? context : {...context, templates: {...templates, problems: new Map()}}
}

/** One sentence for each template that cannot be used, by its format. */
export function templateWarnings({templates}: BootContext): ReadonlyMap<string, string> {
  const problems = [...(templates?.problems ?? [])]
  return new Map(problems.map(([format, {message}]) => [format, `${message}; the built-in menu is served instead`]))
}

async function readTemplate(path: string, format: MenuFormat): Promise<string | undefined> {
  const stats = await findStats(path)
  if (stats === undefined) return undefined
  // A FIFO would be waited for.
  if (!stats.isFile() && !stats.isDirectory()) throw unreadable(path, new Error('it is not a file'))
  return parseTemplate(await readBytes(path), format, path)
}

function unreadable(path: string, cause: unknown): PxectlError {
  return new PxectlError(`the template ${path} cannot be read: ${messageOf(cause)}`, {
    code: 'TEMPLATE_INVALID',
    kind: 'invalidData',
    details: {path},
    suggestions: [`look at it: ls -l ${path}`],
    cause,
  })
}
