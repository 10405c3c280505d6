// Frames of menus that somebody wrote, and the holes in them.
import {describe, expect, test} from 'vitest'
import {menuFormats, type MenuFormat} from '../../src/boot/formats.js'
import {hostBootFiles} from '../../src/boot/host-files.js'
import {menuLanguages} from '../../src/boot/languages.js'
import {type BootContext, type BootMenu, defaultMenu, hostMenu, onlyEntry} from '../../src/boot/menu.js'
import {isMadeByPxectl} from '../../src/boot/notice.js'
import {parseTemplate} from '../../src/boot/template.js'
import {expectFixture} from '../support/fixture.js'
import {context, images, tk2} from './samples.js'

const all: BootContext = {...context, images, console: 'ttyS0,115200', default: 'esx3i'}

function withTemplate(lab: BootContext, format: MenuFormat, text: string): BootContext {
  const texts = new Map([[format, parseTemplate(Buffer.from(text), format, `templates/${format}`)]])
  return {...lab, templates: {texts, problems: new Map()}}
}

const menusOf = (lab: BootContext): BootMenu[] => [defaultMenu(lab), hostMenu({...tk2, image: 'memtest'}, lab)]

describe.each(menuFormats)('the built-in frame of %s', (format) => {
  const {render, template} = menuLanguages[format]
  test.each([undefined, 'menu.c32'])('as a template gives the built-in menu, byte for byte (%s)', (pxelinuxUi) => {
    const lab: BootContext = pxelinuxUi === undefined ? all : {...all, pxelinuxUi}
    const own = withTemplate(lab, format, `${template({pxelinuxUi})}\n`)
    expect(menusOf(own).map(render)).toEqual(menusOf(lab).map(render))
  })
})

const OWN: Record<MenuFormat, string> = {
  pxelinux: `UI vesamenu.c32
MENU TITLE {{ title }} at {{server}}
MENU BACKGROUND rack.png
DEFAULT {{default}}
TIMEOUT {{timeout}}

{{entries}}

LABEL lab-notes
  SAY see {{http}}/notes.txt
`,
  ipxe: `#!ipxe
console --picture {{http}}/rack.png ||
set menu-timeout {{timeout}}
:start
menu {{title}}, from {{server}}
  {{choices}}
item lab-notes notes of the lab
choose --default {{default}} --timeout \${menu-timeout} entry && goto \${entry} || goto {{default}}

:lab-notes
imgcat {{http}}/notes.txt

{{entries}}
`,
  grub: `set default={{default}}
set timeout={{timeout}}
echo {{title}} {{server}}
{{choices}}
{{entries}}
`,
  'menu.lst': `# {{title}}
default {{default}}
timeout {{timeout}}
splashimage {{http}}/rack.xpm
{{entries}}
title after it
  reboot
`,
}

describe.each(menuFormats)('a template of %s', (format) => {
  const {render} = menuLanguages[format]
  const lab = withTemplate(all, format, OWN[format])
  test('frames the menus of hosts and of unknown clients', () => {
    const [unknown, host] = menusOf(lab).map(render)
    expectFixture(`boot/template/${format}/default`, unknown ?? '')
    expectFixture(`boot/template/${format}/host`, host ?? '')
  })
  test('leaves the file recognisable as made by pxectl', () => {
    for (const menu of menusOf(lab)) expect(isMadeByPxectl(Buffer.from(render(menu)))).toBe(true)
  })
  test('never makes a loader wait for ever where it is to boot at once', () => {
    const text = render(hostMenu({...tk2, image: 'memtest'}, {...lab, timeoutSeconds: 0}))
    expect(text).toMatch(/menu-timeout 100\n|TIMEOUT 1\n|timeout[= ]0\n/)
  })
  test('is not for the one entry that another loader goes to', () => {
    const only = (of: BootContext): string => render(onlyEntry(hostMenu({...tk2, image: 'memtest'}, of), 'program') ?? defaultMenu(of))
    expect(only(lab)).toBe(only(all))
  })
})

test('a template that is broken is an error for the files of a host, and says where', () => {
  const problem = catching(() => parseTemplate(Buffer.from('a\n{{entires}}\n'), 'grub', 'templates/grub'))
  const problems = new Map([['grub', problem as never]] as const)
  expect(() => hostBootFiles(tk2, {...context, templates: {texts: new Map(), problems}})).toThrow(/templates\/grub:2/)
})

function catching(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return error
  }
}

describe('what is refused in a template', () => {
  const bad: [MenuFormat, string | Uint8Array, number | undefined, RegExp][] = [
    ['grub', 'set default={{default}}\n{{entires}}\n', 2, /there is no hole \{\{entires\}\}; there are title, .*entries/],
    ['grub', 'set default={{default}}\n', 2, /no line \{\{entries\}\}/],
    ['grub', '', 1, /no line \{\{entries\}\}/],
    ['grub', '{{entries}}\n\n{{ entries }}\n', 3, /a second time/],
    ['grub', 'echo {{entries}}\n', 1, /alone on its own/],
    ['grub', '{{entries}} {{entries}}\n', 1, /alone on its own/],
    ['menu.lst', 'title {{choices}}\n{{entries}}\n', 1, /alone on its own/],
    ['pxelinux', 'a\nb {{title\n{{entries}}\n', 2, /not closed/],
    ['pxelinux', '{{}}\n{{entries}}\n', 1, /no hole \{\{\}\}/],
    ['pxelinux', '{{toString}}\n{{entries}}\n', 1, /no hole/],
    ['ipxe', '# mine\n#!ipxe\n{{entries}}\n', 1, /first line must be #!ipxe/],
    ['ipxe', '', 1, /first line must be #!ipxe/],
    ['pxelinux', Buffer.from('a\nb\n\xff\n{{entries}}\n', 'latin1'), 3, /not UTF-8/],
    ['pxelinux', 'a\0\n{{entries}}\n', 1, /NUL/],
    ['pxelinux', `${'x'.repeat(100_001)}\n{{entries}}\n`, undefined, /100000 at most/],
  ]
  test.each(bad)('%s: %j', (format, text, line, message) => {
    const name = `templates/${format}`
    expect(() => parseTemplate(Buffer.from(text), format, name)).toThrow(
      expect.objectContaining({
        code: 'TEMPLATE_INVALID',
        kind: 'invalidData',
        message: expect.stringMatching(message) as string,
        details: {path: name, format, ...(line === undefined ? {} : {line})},
      }) as Error,
    )
  })
})

test('a template written on Windows is read as any other', () => {
  expect(parseTemplate(Buffer.from('\ufeff#!ipxe\r\n{{entries}}\r\n\r\n'), 'ipxe', 'x')).toBe('#!ipxe\n{{entries}}')
})

test('what belongs to a loader is no hole', () => {
  const text = '#!ipxe\necho ${net0/${mac}} {single} }} \n{{entries}}'
  expect(parseTemplate(Buffer.from(text), 'ipxe', 'x')).toBe(text)
})
