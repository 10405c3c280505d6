// The Multiboot test kernel: built from support/multiboot, and what it reports on the serial line.
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {crc32} from 'node:zlib'
import type {Machine} from './machine.js'
import {projectFolder} from './program.js'
import {mustRun} from './programs.js'

const SOURCES = join(projectFolder, 'test/e2e/support/multiboot')

const CFLAGS = [
  '-m32',
  '-march=i486',
  '-O2',
  '-Wall',
  '-Werror',
  '-ffreestanding',
  '-fno-pic',
  '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables',
]

export type MultibootKernels = {
  /** ELF64 with the address fields of the header, as `unix` of illumos. */
  readonly unix: Buffer
  /** Plain ELF32, as the kernel of ESX 3i. */
  readonly elf32: Buffer
}

export async function buildMultibootKernels(): Promise<MultibootKernels> {
  const folder = await mkdtemp(join(tmpdir(), 'pxectl-multiboot-'))
  try {
    const link = async (name: string, ...flags: readonly string[]): Promise<string> => {
      const objects = ['entry.S', 'report.c'].map((source) => join(folder, `${name}-${source}.o`))
      for (const [index, source] of ['entry.S', 'report.c'].entries())
        await mustRun(['gcc', ...CFLAGS, ...flags, '-c', join(SOURCES, source), '-o', objects[index] ?? ''])
      const path = join(folder, name)
      const layout = ['-T', join(SOURCES, 'layout.ld'), '-z', 'max-page-size=4096', '--no-warn-rwx-segments', '--build-id=none']
      await mustRun(['ld', '-m', 'elf_i386', '-nostdlib', ...layout, '-o', path, ...objects])
      return path
    }
    const elf32 = await link('elf32')
    const addressed = await link('addressed', '-DADDRESSES')
    await mustRun(['objcopy', '-I', 'elf32-i386', '-O', 'elf64-x86-64', addressed, `${addressed}64`])
    return {unix: await readFile(`${addressed}64`), elf32: await readFile(elf32)}
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

export type MultibootModule = {readonly bytes: number; readonly crc: string; readonly cmdline: string}

export type MultibootReport = {readonly magic: string; readonly cmdline: string; readonly modules: readonly MultibootModule[]}

/** How a module is reported that arrived as it is. */
export function moduleOf(content: Uint8Array, cmdline: string): MultibootModule {
  return {bytes: content.length, crc: crc32(content).toString(16).padStart(8, '0'), cmdline}
}

/** Waits until the kernel has said everything; fails early when the machine stops before. */
export async function readMultibootReport(machine: Machine, limitMs: number): Promise<MultibootReport> {
  await machine.waitFor(/PXECTL-MB end/, limitMs)
  const serial = machine.serial()
  const [, magic = '', cmdline = ''] = /PXECTL-MB magic=(\S+)\nPXECTL-MB cmdline=\[(.*)\]/.exec(serial) ?? []
  const modules = [...serial.matchAll(/PXECTL-MB module crc=(\S+) bytes=(\d+) cmdline=\[(.*)\]/g)].map(
    ([, crc = '', bytes, line = '']) => ({
      bytes: Number(bytes),
      crc,
      cmdline: unescape(line),
    }),
  )
  return {magic, cmdline: unescape(cmdline), modules}
}

function unescape(text: string): string {
  return decodeURIComponent(text)
}
