import {describe, expect, test} from 'vitest'
import {bootCfgFiles, type BootCfgOptions, renderBootCfg} from '../../src/boot/boot-cfg.js'

/** As the installation disc of ESXi 6.7 has it (shortened). */
const DISC = `bootstate=0
title=Loading ESXi installer
timeout=5
prefix=
kernel=/b.b00
kernelopt=cdromBoot runweasel
modules=/jumpstrt.gz --- /useropts.gz --- /features.gz
build=
updated=0
`

const byTftp: BootCfgOptions = {prefix: 'images/esxi', bootArgs: undefined, imageUrl: 'http://192.168.56.1:8069/images/esxi'}

describe('the boot.cfg of one client', () => {
  test('has the folder of the image before each file, and looks for no disc', () => {
    expect(renderBootCfg(DISC, byTftp)).toBe(`bootstate=0
title=Loading ESXi installer
timeout=5
prefix=images/esxi
kernel=b.b00
kernelopt=runweasel
modules=jumpstrt.gz --- useropts.gz --- features.gz
build=
updated=0
`)
  })
  test('has the options of the host, which replace those of the same name', () => {
    const text = renderBootCfg(DISC.replace('runweasel', 'runweasel ks=cdrom:/ks.cfg vlanid=5'), {
      ...byTftp,
      bootArgs: ' ks={image-url}/ks.cfg  text ',
    })
    expect(text).toContain('kernelopt=runweasel vlanid=5 ks=http://192.168.56.1:8069/images/esxi/ks.cfg text\n')
  })
  test('keeps the line ends of nobody but us, and adds the lines that are missing', () => {
    expect(renderBootCfg('kernel=k\r\nmodules=a\r\n', {...byTftp, bootArgs: 'x'})).toBe(
      'prefix=images/esxi\nkernel=k\nkernelopt=x\nmodules=a\n',
    )
  })
  test('must name a kernel', () => {
    for (const run of [() => renderBootCfg('title=x\n', byTftp), () => bootCfgFiles('')])
      expect(run).toThrow(expect.objectContaining({code: 'BOOT_CFG_INVALID'}) as Error)
  })
  test('tells which files are fetched', () => {
    expect(bootCfgFiles(renderBootCfg(DISC, byTftp))).toEqual(
      ['b.b00', 'jumpstrt.gz', 'useropts.gz', 'features.gz'].map((name) => `images/esxi/${name}`),
    )
    expect(bootCfgFiles('prefix=http://s/x/\nkernel=k\nmodules=http://t/m --- /n')).toEqual(['http://s/x/k', 'http://t/m', '/n'])
  })
})
