// PXE filesystems of a lab file: made where they are missing. One that is there is never made again unasked: hosts may run from it.
import type {FilesystemSpec} from '../lab-file/spec.js'
import {definedOnly} from '../net/defined.js'
import {createRoot} from './create-root.js'
import {abandoned, attempt, differences, type LabPart, type PartChange, type PartMeans} from './lab-part.js'
import {listRoots} from './list-roots.js'
import type {NewRoot, RootStyle} from './new-root.js'
import {removeRoot} from './remove-root.js'
import {requireFiles} from './require-files.js'

export const filesystemsPart: LabPart = {
  kind: 'filesystem',

  async plan(context) {
    const {spec, lab, made} = context
    const listed = lab === undefined ? {roots: [], warnings: []} : await listRoots(lab)
    const present = new Set(listed.roots.filter(({state}) => state !== 'partial').map(({name}) => name))
    const missing = spec.filesystems.filter(({name}) => !present.has(name))
    const changes = missing.map((one): PartChange => ({
      kind: 'filesystem',
      name: one.name,
      action: 'create',
      values: differences({}, describe(one)),
    }))
    await requireFiles(
      missing.flatMap(({name, passwordFile, sshKey, hook, place}) =>
        [passwordFile, sshKey, hook].flatMap((path) => (path === undefined ? [] : [{what: `filesystems.${name}`, path, place}])),
      ),
    )
    const names = spec.filesystems.map(({name}) => name)
    const gone = abandoned(context, 'filesystem', names).filter(({name}) => present.has(name))
    const differing = spec.filesystems.filter((one) => {
      const state = made.find(({kind, name}) => kind === 'filesystem' && name === one.name)?.state ?? ''
      return present.has(one.name) && state !== '' && state !== JSON.stringify(describe(one))
    })
    return {
      changes: [...changes, ...gone.map(({name}): PartChange => ({kind: 'filesystem', name, action: 'remove', values: []}))],
      unchanged: names.length - changes.length,
      warnings: [
        ...listed.warnings,
        ...differing.map(
          ({name}) => `the filesystem ${name} was made from other values; to make it anew: pxectl fs remove ${name}, then pxectl up`,
        ),
      ],
    }
  },

  async apply(means, changes) {
    const warnings: string[] = []
    for (const change of changes) warnings.push(...(await attempt(means, change, () => carryOut(means, change))))
    return warnings
  },
}

async function carryOut(
  {lab, spec, now, random, signal, onProgress, claim, disclaim}: PartMeans,
  {name, action}: PartChange,
): Promise<readonly string[]> {
  if (action === 'remove') {
    const {warnings} = await removeRoot(lab, name, {force: false, dryRun: false, onProgress: (step) => onProgress(`${name}: ${step}`)})
    await disclaim('filesystem', name)
    return warnings
  }
  const wanted = spec.filesystems.find((one) => one.name === name)
  if (wanted === undefined) return []
  await claim('filesystem', name, '')
  const created = await createRoot(lab, newRoot(wanted), {
    dryRun: false,
    resume: true,
    now,
    random,
    onProgress: (step) => onProgress(`${name}: ${step}`),
    ...(signal === undefined ? {} : {signal}),
  })
  await claim('filesystem', name, JSON.stringify(describe(wanted)))
  const {password} = created
  return [...created.warnings, ...(password === undefined ? [] : [`password of the user of ${name} (shown this once): ${password}`])]
}

/** What it is made from; texts and no secrets. */
function describe({
  suite,
  mirror,
  arch,
  packages,
  user,
  passwordFile,
  sshKey,
  style,
  template,
  hook,
  sizeLimit,
}: FilesystemSpec): Record<string, string> {
  const texts = {
    suite,
    mirror,
    arch,
    user,
    style,
    template,
    hook,
    'password-file': passwordFile,
    'ssh-key': sshKey,
    'size-limit': sizeLimit,
  }
  return definedOnly({...texts, packages: packages.join(' ') || undefined}) as Record<string, string>
}

/** With the defaults of `fs create`. */
function newRoot(spec: FilesystemSpec): NewRoot {
  const {name, packages, suite, mirror, arch, user, passwordFile, sshKey, style, template, hook, sizeLimit} = spec
  return {
    name,
    packages,
    user: user ?? 'lab',
    style: (style ?? 'squashfs') as RootStyle,
    sshKeys: sshKey === undefined ? [] : [sshKey],
    ...definedOnly({suite, mirror, arch, passwordFile, template, hook, sizeLimit}),
  }
}
