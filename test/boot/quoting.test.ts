// Boot arguments reach the kernel as they were typed, through each loader's language.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {LinuxEntry} from '../../src/boot/entry.js'
import {renderGrub} from '../../src/boot/grub.js'
import {createIpxeMachine, type IpxeOutcome, playIpxe} from '../../src/boot/ipxe-read.js'
import {renderIpxe} from '../../src/boot/ipxe.js'
import {renderMenuLst} from '../../src/boot/menu-lst.js'
import type {BootMenu} from '../../src/boot/menu.js'
import {findPxelinuxDefault} from '../../src/boot/pxelinux-read.js'
import {renderPxelinux} from '../../src/boot/pxelinux.js'

function menuWith(entry: Partial<LinuxEntry>): BootMenu {
  const linux = {kind: 'linux', label: 'linux', title: 'debian', kernel: 'vmlinuz', initrds: [], args: '', ...entry} as const
  const local = {kind: 'local', label: 'local', title: 'the local disk'} as const
  return {
    title: 'tk2',
    client: '01-08-00-27-12-34-56',
    entries: [linux, local],
    default: 'linux',
    timeoutSeconds: 10,
    console: undefined,
    note: undefined,
    isStrict: true,
    hasUtilities: false,
    pxelinuxUi: undefined,
    frames: undefined,
  }
}

/** Plays the script with every file there. */
function bootIpxe(script: string): IpxeOutcome {
  const play = playIpxe(script, createIpxeMachine(new Map()))
  for (let step = play.next(); ; step = play.next(true)) if (step.done === true) return step.value
}

/** The words after `linux FILE`, split as GRUB's shell splits them where nothing but single quotes and \' quotes. */
function grubWords(config: string): string[] {
  const line = config.split('\n').find((candidate) => candidate.startsWith('  linux ')) ?? ''
  const words = line.trim().match(/(?:[^ '\\]|\\'|'[^']*')+/g) ?? []
  return words.slice(2).map((word) => word.replace(/'([^']*)'|\\'/g, (_, inner: string | undefined) => inner ?? "'"))
}

const samples = [
  'quiet splash',
  'a="x y" b=c',
  'two  spaces   kept',
  `root_shadow='$5$2HOHRnK3$NvLl'`,
  'percent=100% path=%20 %s',
  'semi;colon ; && || # hash #hash',
  'back\\slash \\',
  '-B smartos=true,ttya-mode="115200,8,n,1,-"',
  '{braces} $dollar $ (round)',
]

describe.each(samples)('the arguments %s', (args) => {
  test('pass through PXELINUX unchanged', () => {
    expect(findPxelinuxDefault(renderPxelinux(menuWith({args})))).toMatchObject({kernel: 'vmlinuz', args})
  })
  test('pass through iPXE unchanged', () => {
    expect(bootIpxe(renderIpxe(menuWith({args})))).toEqual({kind: 'boot', kernel: '/vmlinuz', initrds: [], args})
  })
  test('reach GRUB as the words the kernel would make of them', () => {
    const words = args.match(/(?:[^ "]|"[^"]*")+/g) ?? []
    expect(grubWords(renderGrub(menuWith({args})))).toEqual(words.map((word) => word.replaceAll('"', '')))
  })
})

/** Anything one can type on a line, without what iPXE would expand. */
const typedArgs = fc
  .string({unit: fc.oneof(fc.constantFrom(...` "'$%;#|&\\{}-=,`), fc.string({minLength: 1, maxLength: 1})), maxLength: 40})
  .map((text) => text.trim())
  .filter((text) => !text.includes('${') && !/[\u0000-\u001f\u007f]/.test(text) && text !== '-' && !/initrd=/.test(text))

test('any arguments that can be typed on a line come back from PXELINUX and iPXE', () => {
  fc.assert(
    fc.property(typedArgs, (args) => {
      expect(findPxelinuxDefault(renderPxelinux(menuWith({args})))).toMatchObject({kernel: 'vmlinuz', args})
      expect(bootIpxe(renderIpxe(menuWith({args})))).toMatchObject({kind: 'boot', args})
    }),
  )
})

test('GRUB gets balanced words whatever is in them', () => {
  fc.assert(
    fc.property(typedArgs, (args) => {
      expect(
        grubWords(renderGrub(menuWith({args})))
          .join('')
          .replaceAll(' ', ''),
      ).toBe(args.replaceAll(/[ "]/g, ''))
    }),
  )
})

function checkRefused(render: (menu: BootMenu) => string, entry: Partial<LinuxEntry>, message: RegExp): void {
  expect(() => render(menuWith(entry))).toThrow(
    expect.objectContaining({code: 'BOOT_TEXT_INVALID', kind: 'usage', message: expect.stringMatching(message) as string}) as Error,
  )
}

describe('what no menu can hold is refused', () => {
  test.each(['a\nKERNEL evil', 'a\rb', 'tab\there', 'nul\0', 'escape\u001b[2J'])('control characters: %j', (args) => {
    for (const render of [renderPxelinux, renderIpxe, renderGrub]) checkRefused(render, {args}, /control character/)
  })
  test('a newline in a file name', () => {
    for (const render of [renderPxelinux, renderIpxe, renderGrub]) checkRefused(render, {kernel: 'a\nb'}, /control character/)
  })
  test('an expansion, by iPXE', () => checkRefused(renderIpxe, {args: 'mac=${net0/mac}'}, /\$\{/))
  test('a lone hyphen, by PXELINUX', () => checkRefused(renderPxelinux, {args: '-'}, /lone hyphen/))
  test.each(['win pe/vmlinuz', 'a,b', '10.0.0.1::vmlinuz', 'http://x/y'])('the file name %s, by PXELINUX', (kernel) =>
    checkRefused(renderPxelinux, {kernel}, /cannot name a file/),
  )
})

test('file names with spaces and signs pass iPXE as a URI and GRUB in quotes', () => {
  const menu = menuWith({kernel: `win pe/50% #1?.efi`, initrds: [`it's`]})
  expect(renderIpxe(menu)).toContain('kernel /win%20pe/50%25%20%231%3F.efi initrd=initrd ||')
  expect(renderGrub(menu)).toContain(`linux '/win pe/50% #1?.efi'\n  initrd '/it'\\''s'`)
})

/** A menu whose default is a multiboot kernel with one module. */
function multibootMenu(args: string, modulePath = 'module'): BootMenu {
  const entry = {kind: 'multiboot', label: 'mb', title: 'mb', kernel: 'unix', args, modules: [{path: modulePath, args}]} as const
  return {...menuWith({}), entries: [entry], default: 'mb'}
}

describe('the arguments of a multiboot kernel and its module', () => {
  test.each(samples)('pass mboot.c32, iPXE and pxegrub unchanged: %s', (args) => {
    expect(renderPxelinux(multibootMenu(args))).toContain(`  APPEND unix ${args} --- module ${args}\n`)
    const menuLst = renderMenuLst(multibootMenu(args))
    expect(menuLst).toContain(`  kernel$ /unix ${args}\n  module$ /module ${args}\n`)
    const outcome = bootIpxe(renderIpxe({...multibootMenu(args), timeoutSeconds: 0}))
    expect(outcome).toMatchObject({kind: 'boot', kernel: '/unix', initrds: ['/module'], args})
  })
  test('may not look like the end of a module', () => {
    expect(() => renderPxelinux(multibootMenu('a --- b'))).toThrow(expect.objectContaining({code: 'BOOT_TEXT_INVALID'}) as Error)
    expect(renderPxelinux(multibootMenu('a----b'))).toContain('unix a----b ---')
  })
  test('may not be longer than a line of PXELINUX', () => {
    expect(() => renderPxelinux(multibootMenu('x'.repeat(2000)))).toThrow(/4000 bytes at most/)
  })
  test('may not be what pxegrub would replace', () => {
    expect(() => renderMenuLst(multibootMenu('a=${b}'))).toThrow(/GRUB legacy cannot be given/)
    expect(() => renderMenuLst(multibootMenu('', 'my module'))).toThrow(/a space ends a file name/)
  })
})

describe('one entry that cannot be written', () => {
  const good = {kind: 'linux', label: 'good', title: 'good', kernel: 'k', initrds: [], args: ''} as const
  const bad = {...good, label: 'bad', title: 'bad', args: 'a\nb'}
  const lenient: BootMenu = {...menuWith({}), entries: [bad, good], default: 'bad', isStrict: false}
  test.each([renderPxelinux, renderIpxe, renderGrub, renderMenuLst])('does not take the others from unknown clients (%#)', (render) => {
    const text = render(lenient)
    expect(text).toContain('# bad is left out: ')
    expect(text).toMatch(/good/)
    expect(text).not.toContain('a\nb')
  })
  test.each([renderPxelinux, renderIpxe, renderGrub, renderMenuLst])('is an error for the host that boots it (%#)', (render) => {
    expect(() => render({...lenient, isStrict: true})).toThrow(/control character/)
  })
})
