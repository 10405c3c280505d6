// The package as users get it: `npm pack`, `npm i -g` into an empty prefix, then the program, its tutorial, its manual and the library with its types.
import {copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {delimiter, join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {installGlobally, pack, type Installed, type Packed} from './support/packed.js'
import {mustRun, run} from './support/programs.js'
import {projectFolder} from './support/program.js'

let folder: string
let packed: Packed
let installed: Installed
let env: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxe2e-package-'))
  packed = await pack(folder)
  installed = await installGlobally(packed, join(folder, 'prefix'))
  env = {PATH: `${installed.bin}${delimiter}${process.env['PATH'] ?? ''}`, HOME: folder}
})

afterAll(() => rm(folder, {recursive: true, force: true}))

test('what is packed is what is used: no tests, no sources, no maps of them', async () => {
  const top = new Set(packed.files.map((path) => path.split('/', 1)[0]))
  expect([...top].sort()).toEqual([
    ...['LICENSE', 'README.md', 'dist', 'docs', 'examples', 'man', 'native', 'oclif.manifest.json', 'package.json'],
  ])
  expect(packed.files.filter((path) => path.endsWith('.map'))).toEqual([])
  for (const path of ['dist/src/cli/bin.js', 'dist/src/index.d.ts', 'docs/lab.schema.json', 'docs/library.md', 'man/pxectl.1'])
    expect(packed.files).toContain(path)
})

test('the program runs without anything that is for developers', async () => {
  expect(await mustRun(['pxectl', '--version'], {cwd: folder, env})).toMatch(/^pxectl\/\d+\.\d+\.\d+ /)
  const dependencies = await readdir(join(installed.package, 'node_modules'))
  for (const name of ['typescript', 'vitest', 'esbuild', 'eslint', 'playwright-core']) expect(dependencies).not.toContain(name)
  const demo = await mustRun(['pxectl', 'demo', '--once'], {cwd: folder, env})
  expect(demo).toContain('The host booted.')
})

test('the commands of the first tutorial work as they stand there', async () => {
  const tutorial = await readFile(join(installed.package, 'docs/tutorials/loopback.md'), 'utf8')
  const [block = ''] = /^```console\n(.*?)^```$/ms.exec(tutorial)?.slice(1) ?? []
  const script = block.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []))
  expect(script.length).toBeGreaterThan(5)
  const shown = await mustRun(['sh', '-ec', script.join('\n')], {cwd: folder, env})
  expect(shown).toContain('kernel /images/tiny/vmlinuz')
  expect(shown).toContain('"name": "tk2"')
})

test('the library has its types, its documented pieces compile against them, and its example passes', async () => {
  const project = join(folder, 'project')
  await mkdir(join(project, 'node_modules/@types'), {recursive: true})
  await symlink(installed.package, join(project, 'node_modules/pxectl'))
  await symlink(join(projectFolder, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'))
  await writeFile(join(project, 'package.json'), '{"type": "module"}')
  await copyFile(join(installed.package, 'examples/lab.test.ts'), join(project, 'lab.test.ts'))
  const pieces = [...(await readFile(join(installed.package, 'docs/library.md'), 'utf8')).matchAll(/^```ts\n(.*?)^```$/gms)]
  expect(pieces.length).toBeGreaterThan(1)
  const names = pieces.map((_, index) => `piece-${index}.ts`)
  for (const [index, name] of names.entries()) await writeFile(join(project, name), pieces[index]?.[1] ?? '')
  const tsc = [process.execPath, join(projectFolder, 'node_modules/typescript/bin/tsc'), 'lab.test.ts', ...names]
  const strict = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023', '--strict', '--types', 'node']
  expect(await run([...tsc, ...strict], {cwd: project})).toMatchObject({stdout: '', exitCode: 0})
  const tested = await run([process.execPath, '--test', '--test-reporter', 'tap', 'lab.test.js'], {cwd: project})
  expect(tested.stdout).toMatch(/^# pass 4\n# fail 0$/m)
  expect(tested.exitCode).toBe(0)
})

test('man finds every page, and neither groff nor mandoc has anything to say about them', async () => {
  const pages = packed.files.filter((path) => path.startsWith('man/')).map((path) => path.slice('man/'.length))
  expect(pages).toContain('pxectl-host.1')
  const manual = {...env, MANPATH: installed.manual, MANWIDTH: '80', MAN_DISABLE_SECCOMP: '1'}
  for (const [chapter, name] of [
    ['1', 'pxectl'],
    ['1', 'pxectl-host'],
    ['5', 'pxectl.ini'],
  ] as const) {
    expect(await mustRun(['man', chapter, name], {cwd: folder, env: manual})).toContain(`${name} - `)
  }
  const paths = pages.map((name) => join(installed.package, 'man', name))
  const lint = await run(['mandoc', '-T', 'lint', ...paths], {cwd: folder})
  // There is no date in them, so that two builds are the same.
  const remarks = lint.stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))
  expect(remarks).toEqual([])
  const groff = await Promise.all(paths.map((path) => run(['man', '--warnings', '-l', path], {cwd: folder, env: manual})))
  expect(groff.map(({stderr}) => stderr).filter((text) => text !== '')).toEqual([])
})
