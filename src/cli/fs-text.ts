// PXE filesystems as people read them.
import {renderCommandLine} from '../system/exec.js'
import type {CreatedRoot} from '../operations/create-root.js'
import type {ExportedRoot} from '../operations/export-root.js'
import type {ListedRoots} from '../operations/list-roots.js'
import type {UpdatedRoot} from '../operations/update-root.js'
import type {ShownRoot} from '../operations/show-root.js'
import {escapeControl} from './escape.js'
import {renderBytes, renderPairs, renderTable} from './table.js'

export function renderRootTable({roots, templates}: ListedRoots): string {
  const none = 'no PXE filesystems yet: pxectl fs create root_demo --suite bookworm'
  const table =
    roots.length === 0
      ? none
      : renderTable(
          ['NAME', 'STYLE', 'SUITE', 'ARCH', 'KERNEL', 'SIZE', 'HOSTS'],
          roots.map((root) => [
            root.state === 'finished' ? root.name : `${root.name} (${root.state === 'partial' ? 'not finished' : 'broken'})`,
            root.style ?? '-',
            root.suite ?? '-',
            root.arch ?? '-',
            escapeControl(root.kernelVersion ?? '-'),
            root.sizeBytes === null ? '-' : renderBytes(root.sizeBytes),
            root.hosts.join(',') || '-',
          ]),
        )
  if (templates.length === 0) return table
  const rows = templates.map(({name, suite, arch, sizeBytes, createdAt}) => [
    name,
    suite,
    arch,
    renderBytes(sizeBytes),
    createdAt.slice(0, 10),
  ])
  return `${table}\n\n${renderTable(['TEMPLATE', 'SUITE', 'ARCH', 'SIZE', 'MADE'], rows)}`
}

export function renderRoot({root}: ShownRoot): string {
  return [
    renderPairs(
      (
        [
          ['name', root.name],
          ['style', root.style],
          ['suite', root.suite],
          ['arch', root.arch],
          ['mirror', root.mirror],
          ['packages', root.packages.join(', ') || '-'],
          ['user', root.user],
          ['kernel', `${root.kernelVersion} (${root.kernelPath})`],
          ['initrd', root.initrdPath],
          ...(root.treePath === null ? [] : [['tree', root.treePath]]),
          ...(root.squashfsPath === null ? [] : [['squashfs', root.squashfsPath]]),
          ...(root.sha256 === undefined ? [] : [['sha256', root.sha256]]),
          ['size', renderBytes(root.sizeBytes)],
          ['made', root.createdAt],
          ['updated', root.updatedAt ?? '-'],
          ['template', root.template ?? '-'],
          ['hosts', root.hosts.join(', ') || '-'],
        ] as [string, string][]
      ).map(([name, value]) => [name, escapeControl(value)]),
    ),
    '',
    `to boot it: pxectl add-host HOST --root ${root.name}`,
  ].join('\n')
}

export function renderCreated({root, plan, dryRun, password}: CreatedRoot, verbose: boolean): string {
  if (root === undefined || dryRun) return renderPlan(plan, verbose)
  return [
    `made ${root.name}: ${root.suite} for ${root.arch}, style ${root.style}, kernel ${root.kernelVersion}, ${renderBytes(root.sizeBytes)}`,
    ...(password === undefined ? [] : [`password of ${root.user} (shown this once): ${password}`]),
    `next: pxectl add-host HOST --root ${root.name}`,
  ].join('\n')
}

function renderPlan({name, room, template, steps}: CreatedRoot['plan'], verbose: boolean): string {
  const where = room === 'root' ? 'as root' : 'as an ordinary user, in a user namespace'
  const from =
    template === null
      ? 'without a template'
      : template.isNew
        ? `making the template ${template.name}`
        : `from the template ${template.name}`
  return [`would make ${name} ${where}, ${from}`, ...renderSteps(steps, verbose)].join('\n')
}

function renderSteps(steps: UpdatedRoot['steps'], verbose: boolean): string[] {
  return steps.flatMap(({title, command}, index) => [
    `  ${index + 1}. ${title}`,
    ...(verbose ? [`     ${renderCommandLine(command)}`] : []),
  ])
}

export function renderUpdated({root, before, steps, dryRun}: UpdatedRoot, verbose: boolean): string {
  if (dryRun) return [`would update ${root.name}`, ...renderSteps(steps, verbose)].join('\n')
  const kernel =
    before.kernelVersion === root.kernelVersion ? `kernel ${root.kernelVersion}` : `kernel ${before.kernelVersion} → ${root.kernelVersion}`
  return `updated ${root.name}: ${kernel}, ${renderBytes(before.sizeBytes)} → ${renderBytes(root.sizeBytes)}`
}

export function renderExported({root, file, dryRun}: ExportedRoot): string {
  return dryRun ? `would write ${root.name} into ${file.path}` : `wrote ${root.name} into ${file.path}, ${renderBytes(file.sizeBytes ?? 0)}`
}
