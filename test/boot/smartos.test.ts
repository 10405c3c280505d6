import {describe, expect, test} from 'vitest'
import type {SmartosOptions} from '../../src/boot/image.js'
import {smartosArgs, type SmartosContext, smartosModules} from '../../src/boot/smartos.js'

const plain: SmartosOptions = {smartos: true, noimport: false, standalone: false, kmdb: false, verbose: false, properties: []}
const nobody: SmartosContext = {hostname: undefined, bootArgs: undefined, console: undefined}

function check(options: Partial<SmartosOptions>, context: Partial<SmartosContext>, expected: string): void {
  expect(smartosArgs({...plain, ...options}, {...nobody, ...context}).args).toBe(expected)
}

describe('the arguments of SmartOS', () => {
  test('are those of the guide, with the console on the screen', () => check({}, {}, '-B smartos=true,console=text'))
  test('follow the console of the lab', () => {
    check({}, {console: 'ttyS0,115200'}, '-B smartos=true,console=ttya,ttya-mode="115200,8,n,1,-"')
    check({}, {console: 'ttyS1'}, '-B smartos=true,console=ttyb,ttyb-mode="9600,8,n,1,-"')
    check({}, {console: 'tty0'}, '-B smartos=true,console=text')
    check({console: 'ttyb'}, {}, '-B smartos=true,console=ttyb,ttyb-mode="115200,8,n,1,-"')
    check({console: 'text'}, {console: 'ttyS0'}, '-B smartos=true,console=text')
  })
  test('have the name of the host, unless the image or the host gives another', () => {
    check({}, {hostname: 'tk2'}, '-B smartos=true,hostname=tk2,console=text')
    check({hostname: 'shared'}, {hostname: 'tk2'}, '-B smartos=true,hostname=shared,console=text')
    check({hostname: 'shared'}, {hostname: 'tk2', bootArgs: 'hostname=own'}, '-B smartos=true,hostname=own,console=text')
  })
  test('have every option of the image', () => {
    const options = {
      smartos: false,
      noimport: true,
      standalone: true,
      kmdb: true,
      verbose: true,
      rootShadow: '$5$a$b',
      properties: [{name: 'x', value: '1,2'}],
    }
    check(options, {}, '-kd -v -B standalone=true,noimport=true,root_shadow=$5$a$b,console=text,x="1,2"')
  })
  test('take what the host adds: flags first, properties after -B, the rest last', () => {
    check({}, {bootArgs: '-v'}, '-v -B smartos=true,console=text')
    check({verbose: true}, {bootArgs: '-v -kd'}, '-v -kd -B smartos=true,console=text')
    check({}, {bootArgs: 'noimport=true'}, '-B smartos=true,console=text,noimport=true')
    check({}, {bootArgs: `-B a=1,b="x,y" c='p q'`}, '-B smartos=true,console=text,a=1,b="x,y",c="p q"')
    check({}, {bootArgs: '-m milestone=none word'}, '-m milestone=none -B smartos=true,console=text word')
    check({}, {bootArgs: 'smartos=false console=ttya'}, '-B smartos=false,console=ttya')
    check({}, {bootArgs: `say='"hi", x'`}, `-B smartos=true,console=text,say='"hi", x'`)
  })
  test('without quotes leave out what needs them', () => {
    expect(smartosArgs(plain, {...nobody, console: 'ttyS0,115200'}).plainArgs).toBe('-B smartos=true,console=ttya')
  })
})

describe('the modules of SmartOS', () => {
  const boot = {kind: 'smartos', build: 'b', kernel: 'unix', bootArchive: 'archive', overlays: [], options: plain} as const
  test('are the archive alone, as the guide has it', () => {
    expect(smartosModules(boot)).toEqual([{path: 'archive', args: ''}])
  })
  test('say what they are where there are more', () => {
    const overlays = [{path: 'overlay/etc/system', name: 'etc/system'}]
    expect(smartosModules({...boot, bootArchiveHash: 'hash', overlays}).map(({path, args}) => `${path} ${args}`)).toEqual([
      'archive type=rootfs name=ramdisk',
      'hash type=hash name=ramdisk',
      'overlay/etc/system type=file name=etc/system',
    ])
  })
})
