import {describe, expect, test} from 'vitest'
import {labBootFiles} from '../../src/boot/host-files.js'
import {createIpxeMachine, type IpxeOutcome, type IpxeRequest, playIpxe} from '../../src/boot/ipxe-read.js'
import {findPxelinuxDefault} from '../../src/boot/pxelinux-read.js'
import {context} from './samples.js'

describe('a PXELINUX configuration written by hand', () => {
  test('for SmartOS names mboot.c32, the kernel and its modules', () => {
    const config =
      'default smartos\nprompt 1\n\nlabel smartos\nkernel smartos/mboot.c32\nappend smartos/unix -B a=b --- smartos/boot_archive\n'
    expect(findPxelinuxDefault(config)).toEqual({
      kind: 'multiboot',
      label: 'smartos',
      loader: 'smartos/mboot.c32',
      files: ['smartos/unix', 'smartos/boot_archive'],
    })
  })
  test('for ESXi names the boot.cfg that its mboot.c32 reads', () => {
    const config = 'DEFAULT e\nLABEL e\nKERNEL esxi/mboot.c32\nAPPEND -c esxi/boot.cfg\n'
    expect(findPxelinuxDefault(config)).toEqual({kind: 'esxi', label: 'e', loader: 'esxi/mboot.c32', config: 'esxi/boot.cfg'})
  })
  test('may start another loader, which is not followed', () => {
    const config = 'DEFAULT g\nLABEL g\nPXE pxegrub\nAPPEND x\n'
    expect(findPxelinuxDefault(config)).toEqual({kind: 'other', label: 'g', kernel: 'pxegrub', args: 'x'})
  })
  test('may have its initrds among the arguments, and Windows line ends', () => {
    const config = 'DEFAULT l\r\nLABEL l\r\n\tKERNEL vmlinuz\r\n\tAPPEND root=/dev/nfs initrd=a.img,b.img rw\r\n'
    expect(findPxelinuxDefault(config)).toMatchObject({kind: 'linux', initrds: ['a.img', 'b.img'], args: 'root=/dev/nfs rw'})
  })
  test('may put the kernel and its arguments into DEFAULT', () => {
    expect(findPxelinuxDefault('default vmlinuz quiet initrd=i')).toMatchObject({kernel: 'vmlinuz', initrds: ['i'], args: 'quiet'})
  })
  test('may choose in its menu, and share arguments', () => {
    const config = 'UI menu.c32\nAPPEND quiet\nLABEL a\nKERNEL ka\nLABEL b\nMENU DEFAULT\nKERNEL kb\n'
    expect(findPxelinuxDefault(config)).toMatchObject({label: 'b', kernel: 'kb', args: 'quiet'})
  })
  test('without any entry has no default', () => {
    expect(findPxelinuxDefault('# nothing\nPROMPT 0\n')).toBeUndefined()
  })
  test('may boot the local disk', () => {
    expect(findPxelinuxDefault('DEFAULT d\nLABEL d\nLOCALBOOT 0\n')).toEqual({kind: 'local', label: 'd'})
  })
})

/** Plays a script where only `missing` URIs are not there; gives what it asked for and how it ended. */
function play(script: string, missing: readonly string[] = []): {asked: string[]; outcome: IpxeOutcome} {
  const machine = createIpxeMachine(new Map([['netX/mac', '08:00:27:12:34:56']]))
  const game = playIpxe(script, machine)
  const asked: string[] = []
  for (let step = game.next(); ;) {
    if (step.done === true) return {asked, outcome: step.value}
    const request: IpxeRequest = step.value
    asked.push(`${request.kind} ${request.uri}`)
    step = game.next(!missing.includes(request.uri))
  }
}

describe('boot.ipxe', () => {
  const script = labBootFiles(context).get('boot.ipxe') ?? ''
  test('runs the script of a known host and ends with it', () => {
    const name = 'ipxe/01-08-00-27-12-34-56.ipxe'
    expect(play(script)).toEqual({asked: [`fetch ${name}`, `chain ${name}`], outcome: {kind: 'exit', ok: true}})
  })
  test('goes on to the default for a host that has none', () => {
    expect(play(script, ['ipxe/01-08-00-27-12-34-56.ipxe']).asked.at(-1)).toBe('chain ipxe/default.ipxe')
  })
})

describe('an iPXE script written by hand', () => {
  test('with a menu boots what nobody chose otherwise', () => {
    const script = `#!ipxe
set smartos-build 20121004T212912Z
:start
menu Welcome
item
item --gap -- ---- Operating systems ----
item smartos    Boot SmartOS (\${smartos-build})
item exit       Exit
choose --default smartos --timeout 30000 target && goto \${target}
:exit
exit
:smartos
kernel /smartos/\${smartos-build}/unix -B smartos=true,root_shadow='$5$x'
initrd /smartos/\${smartos-build}/boot_archive
boot
goto start
`
    expect(play(script).outcome).toEqual({
      kind: 'boot',
      kernel: '/smartos/20121004T212912Z/unix',
      initrds: ['/smartos/20121004T212912Z/boot_archive'],
      args: "-B smartos=true,root_shadow='$5$x'",
    })
  })
  test('tries one server after the other', () => {
    expect(play('#!ipxe\nchain http://a/x || chain http://b/x', ['http://a/x']).asked).toEqual(['chain http://a/x', 'chain http://b/x'])
  })
  test('stops at a kernel that is not there', () => {
    expect(play('#!ipxe\nkernel k\nboot', ['k'])).toEqual({asked: ['fetch k'], outcome: {kind: 'failed'}})
  })
  test('that tries again for ever is ended', () => {
    expect(play('#!ipxe\n:again\nkernel k || goto again\nboot', ['k']).outcome).toEqual({kind: 'failed'})
  })
  test('may name a label that does not exist', () => {
    expect(play('#!ipxe\ngoto nowhere').outcome).toEqual({kind: 'failed'})
  })
  test('gives arguments later and boots the local disk on failure', () => {
    expect(play('#!ipxe\nkernel k\nimgargs k a b\nboot').outcome).toMatchObject({args: 'a b'})
    expect(play('#!ipxe\nkernel k && boot || sanboot --no-describe --drive 0x80', ['k']).outcome).toEqual({kind: 'local'})
  })
})
