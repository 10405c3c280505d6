// What the mboot of ESXi fetches: boot.cfg, then the kernel and the modules that it names.
import {bootCfgFiles} from '../boot/boot-cfg.js'
import {messageOf} from '../errors.js'
import {fetchStep, nameOf} from './boot-test-fetch.js'
import type {Boot, TftpStyle} from './boot-test-record.js'

export type EsxiStart = {
  /** The URL of boot.cfg. */
  readonly config: string
  /** A name in boot.cfg to a URL. */
  readonly place: (path: string) => string
  readonly style: TftpStyle
}

export async function fetchEsxi(boot: Boot, {config, place, style}: EsxiStart): Promise<void> {
  const {bytes} = await fetchStep(boot, 'config', config, style)
  for (const [index, file] of filesOf(boot, config, bytes).entries())
    await fetchStep(boot, index === 0 ? 'kernel' : 'module', place(file), style)
}

function filesOf(boot: Boot, config: string, bytes: Uint8Array): string[] {
  try {
    return bootCfgFiles(new TextDecoder().decode(bytes))
  } catch (error) {
    return boot.fail({step: 'config', what: nameOf(config), durationMs: 0, detail: messageOf(error)})
  }
}
