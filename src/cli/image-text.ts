// Images as people read them.
import type {AddedImage} from '../operations/add-image.js'
import type {ImageJson} from '../operations/image-lab.js'
import type {ShownImage} from '../operations/show-image.js'
import type {VerifiedImage} from '../operations/verify-image.js'
import {escapeControl} from './escape.js'
import {renderBytes, renderPairs, renderTable} from './table.js'

export function renderImageTable(images: readonly ImageJson[]): string {
  if (images.length === 0) return 'no images yet: pxectl image add FILE-OR-URL'
  return renderTable(
    ['NAME', 'TYPE', 'VERSION', 'SIZE', 'HOSTS', 'TITLE'],
    images.map((image) => [
      image.isDefault ? `${image.name} (default)` : image.name,
      typeText(image),
      escapeControl(image.version ?? '-'),
      image.sizeBytes === null ? '-' : renderBytes(image.sizeBytes),
      image.hosts.join(',') || '-',
      escapeControl(image.title),
    ]),
  )
}

export function renderImage({image, menus}: ShownImage): string {
  const files = Object.entries(image.files ?? {})
  const pairs: (readonly [string, string])[] = [
    ['name', image.name],
    ['type', typeText(image)],
    ['title', image.title],
    ['version', image.version ?? '-'],
    ['size', image.sizeBytes === null ? '-' : renderBytes(image.sizeBytes)],
    ['source', image.source ?? '-'],
    ['sha256', image.sourceSha256 ?? '-'],
    ['added', image.addedAt ?? '-'],
    ['folder', image.folder],
    ['hosts', image.hosts.join(', ') || '-'],
    ['default', image.isDefault ? 'yes' : 'no'],
    ...(image.boot === undefined ? [] : [['boot', JSON.stringify(image.boot)] as const]),
  ]
  return [
    renderPairs(pairs.map(([name, value]) => [name, escapeControl(value)])),
    ...(files.length === 0
      ? []
      : [
          '',
          renderTable(
            ['FILE', 'SIZE', 'SHA256'],
            files.map(([path, file]) => [escapeControl(path), renderBytes(file.sizeBytes), file.sha256]),
          ),
        ]),
    '',
    `to boot it: pxectl host set HOST --image ${image.name}`,
    ...Object.entries(menus).flatMap(([format, text]) => ['', `${format}:`, text.trimEnd()]),
  ].join('\n')
}

const PROBLEM_TEXTS: Readonly<Record<VerifiedImage['problems'][number]['problem'], string>> = {
  missing: 'missing',
  size: 'another size',
  content: 'other bytes (SHA-256)',
  kind: 'no plain file',
  extra: 'not of the image',
  unreadable: 'cannot be read',
}

export function renderVerified(images: readonly VerifiedImage[]): string {
  if (images.length === 0) return 'no images'
  return images
    .flatMap(({name, state, files, problems}) => [
      state === 'good'
        ? `ok       ${name}: ${files} file${files === 1 ? '' : 's'}`
        : state === 'bad'
          ? `BAD      ${name}`
          : `unknown  ${name}: filled by hand`,
      ...problems.map(({path, problem, expected, actual}) => {
        const detail = expected === undefined ? '' : `: ${actual ?? '?'} instead of ${expected}`
        return `         ${escapeControl(path)}: ${PROBLEM_TEXTS[problem]}${detail}`
      }),
    ])
    .join('\n')
}

export function renderAdded(added: AddedImage): string {
  const {image, dryRun, replaced, rootPassword} = added
  const verb = dryRun ? (replaced ? 'would replace' : 'would add') : replaced ? 'replaced' : 'added'
  const lines = [
    `${verb} ${image.name}: ${escapeControl(image.title)} (${image.type ?? '-'}), ${image.files.length} file${image.files.length === 1 ? '' : 's'}, ${renderBytes(image.sizeBytes ?? 0)}`,
    ...(dryRun ? image.files.map(({path, sizeBytes}) => `  ${escapeControl(path)}  ${renderBytes(sizeBytes)}`) : []),
    ...(rootPassword === undefined ? [] : [`root password (shown this once): ${rootPassword}`]),
    ...(dryRun ? [] : [`next: pxectl host set HOST --image ${image.name}`]),
  ]
  return lines.join('\n')
}

function typeText({type, origin}: ImageJson): string {
  return origin === 'imported' ? (type ?? '-') : origin === 'by-hand' ? 'linux (by hand)' : 'broken'
}
