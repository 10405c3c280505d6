// Debian's Chromium, driven by playwright-core: a new profile for each test, and nothing that looks for the world outside.
import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {chromium, type BrowserContext, type Page} from 'playwright-core'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export type Look = {readonly width: 'wide' | 'phone'; readonly theme: 'light' | 'dark'}

export const looks: readonly Look[] = (['wide', 'phone'] as const).flatMap((width) =>
  (['light', 'dark'] as const).map((theme) => ({width, theme})),
)

const SIZES = {wide: {width: 1280, height: 800}, phone: {width: 390, height: 844}}

export type Browsing = {
  readonly page: Page
  readonly context: BrowserContext
  /** What the page complained about: errors of scripts, refused styles and scripts, failed loads. */
  readonly complaints: string[]
}

/** `namespace`: where the browser runs; without one, on this machine's own network. */
export async function withBrowser<T>(namespace: string | undefined, work: (browsing: Browsing) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pxe2e-browser-'))
  const inside = namespace === undefined ? {executablePath: '/usr/bin/chromium'} : await inNamespace(folder, namespace)
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    ...inside,
    args: FLAGS,
    headless: true,
    viewport: SIZES.wide,
    timeout: 120_000,
  })
  context.setDefaultTimeout(60_000)
  const page = context.pages()[0] ?? (await context.newPage())
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`)
  })
  try {
    return await work({page, context, complaints})
  } finally {
    await context.close()
    await rm(folder, {recursive: true, force: true})
  }
}

/** A program that starts the browser there; Playwright talks to it by pipes, so it needs no network to it. */
async function inNamespace(folder: string, namespace: string): Promise<{executablePath: string}> {
  const executablePath = join(folder, 'browser')
  await writeFile(executablePath, `#!/bin/sh\nexec ip netns exec ${namespace} /usr/bin/chromium "$@"\n`)
  await chmod(executablePath, 0o755)
  return {executablePath}
}

export async function takeLook(page: Page, {width, theme}: Look): Promise<void> {
  await page.setViewportSize(SIZES[width])
  await page.emulateMedia({colorScheme: theme})
}

/** For the documents: keeps what is on the screen as a picture, where PXECTL_E2E_PICTURES names a folder. */
export async function keepPicture(page: Page, name: string, look: Look): Promise<void> {
  const folder = process.env['PXECTL_E2E_PICTURES']
  if (folder === undefined) return
  await takeLook(page, look)
  await page.screenshot({path: join(folder, `${name}.png`)})
  await takeLook(page, {width: 'wide', theme: 'light'})
}
