// The frame that is built in, and where one of the lab's own would lie.
import type {MenuFormat} from '../boot/formats.js'
import {menuLanguages} from '../boot/languages.js'
import type {Lab} from '../lab/open-lab.js'
import {findPxelinuxUi} from './pxelinux-modules.js'
import {templatePath} from './read-templates.js'

export type {MenuFormat} from '../boot/formats.js'

export type ShownTemplate = {readonly format: MenuFormat; readonly text: string; readonly path: string}

/** As the lab uses it now: PXELINUX shows its menu by a module where the lab has one. */
export async function showTemplate(lab: Lab, format: MenuFormat): Promise<ShownTemplate> {
  const pxelinuxUi = await findPxelinuxUi(lab.settings.lab.tftpRoot)
  return {format, text: `${menuLanguages[format].template({pxelinuxUi})}\n`, path: templatePath(lab, format)}
}
