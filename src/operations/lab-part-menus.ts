// Frames of menus that a lab file names: copied to where a lab has its own.
import {dirname} from 'node:path'
import {menuFormats, type MenuFormat} from '../boot/formats.js'
import {parseTemplate} from '../boot/template.js'
import {labFileInvalid} from '../lab-file/problem.js'
import {findBytes, makeFolder, readBytes, removeFile, sameBytes, writeAtomic} from '../system/files.js'
import {abandoned, type LabPart, type PartChange} from './lab-part.js'
import {templatePath} from './read-templates.js'
import {refreshBootFiles} from './refresh-boot-files.js'

export const menusPart: LabPart = {
  kind: 'menu',

  async plan(context) {
    const changes: PartChange[] = []
    for (const {format, path, place} of context.spec.menus) {
      if (!isFormat(format)) {
        throw labFileInvalid([{...place, message: `there is no kind of menu named ${format}: write one of ${menuFormats.join(', ')}`}])
      }
      const wanted = await readBytes(path)
      parseTemplate(wanted, format, path)
      const current = await findBytes(templatePath(context, format))
      if (sameBytes(current, wanted)) continue
      const values = [{key: 'file', before: current === undefined ? null : templatePath(context, format), after: path}]
      changes.push({kind: 'menu', name: format, action: current === undefined ? 'create' : 'change', values})
    }
    const wanted = context.spec.menus.map(({format}) => format)
    const gone = abandoned(context, 'menu', wanted).map(({name}): PartChange => ({kind: 'menu', name, action: 'remove', values: []}))
    return {changes: [...changes, ...gone], unchanged: wanted.length - changes.length, warnings: []}
  },

  async apply(means, changes) {
    for (const {name, action, values} of changes) {
      const target = templatePath(means, name as MenuFormat)
      if (action === 'remove') {
        await removeFile(target)
        await means.disclaim('menu', name)
        continue
      }
      if (action === 'create') await means.claim('menu', name, '')
      await makeFolder(dirname(target))
      await writeAtomic(target, await readBytes(values[0]?.after ?? ''))
    }
    return changes.length === 0 ? [] : refreshBootFiles(means.lab)
  },
}

function isFormat(text: string): text is MenuFormat {
  return menuFormats.some((format) => format === text)
}
