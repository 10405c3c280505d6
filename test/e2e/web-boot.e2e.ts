// The web page of `pxectl serve` in a real browser, while real firmware boots.
//
//     namespace: br0 192.168.56.1: pxectl serve (DHCP, TFTP, HTTP, page on 127.0.0.1:4040), Chromium
//       ├─ tap1: QEMU, UEFI, boots        ├─ tap2: QEMU, BIOS, its kernel is missing        └─ c3: a client that is no host
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {HOST} from './support/boot.js'
import {keepPicture, withBrowser} from './support/browser.js'
import {hostNames, makeLab, startServe} from './support/lab.js'
import {powerOn} from './support/machine.js'
import {SERVER, withNetwork} from './support/network.js'

const PAGE = 'http://127.0.0.1:4040/'
const BROKEN = {name: 'tk3', mac: '52:54:00:a1:b2:c4', ip: '192.168.56.23'} as const
const STRANGER = '52:54:00:a1:b2:c9'
const BOOT_MS = 240_000
/** Two machines are emulated beside a browser. */
const TEST_MS = 900_000

test(
  'a host is added, boots before one’s eyes, another says why it does not, a stranger is adopted, a host is deleted',
  () =>
    withNetwork('web-boot', async (network) => {
      const lab = await makeLab(network, {dhcp: 'builtin'})
      await lab.must('loader', 'install')
      await lab.addImage('debian')
      await lab.addImage('broken')
      const server = await startServe(lab, 'full')
      await withBrowser(network.namespace, async ({page, complaints}) => {
        await page.goto(PAGE)
        await page.getByText('There are no hosts yet').waitFor()

        // Add a host, looking first at what would change.
        await page.getByRole('link', {name: 'Add host'}).click()
        await page.getByLabel('Name', {exact: true}).fill(HOST.name)
        await page.getByLabel('MAC address').fill(HOST.mac.toUpperCase().replaceAll(':', '-'))
        await page.getByLabel('IP address').fill('192.168.56.999')
        await page.getByRole('button', {name: 'Show what would change'}).click()
        await page.getByRole('alert').getByText('192.168.56.999').waitFor()
        await page.getByLabel('IP address').fill(HOST.ip)
        await page.getByLabel('Image').fill('debian')
        await page.getByLabel('More kernel arguments').fill(`e2e.up=http://${SERVER}:8069/up`)
        await page.getByRole('button', {name: 'Show what would change'}).click()
        await page.getByText(`This would add ${HOST.name}`).waitFor()
        expect(await hostNames(lab)).toEqual([])
        await page.getByRole('button', {name: 'Add host'}).click()
        await page.getByRole('heading', {name: `Host ${HOST.name}`}).waitFor()
        expect(await hostNames(lab)).toEqual([HOST.name])

        // It boots, and its row walks through the states; the page is not loaded again.
        await page.getByRole('link', {name: 'Hosts', exact: true}).click()
        const row = page.getByRole('row', {name: HOST.name})
        await row.getByText('not seen yet').waitFor()
        // As text: it runs in the page.
        await page.evaluate(`{
        const words = [...document.querySelectorAll('tbody tr')].find((row) => row.textContent.includes('${HOST.name}')).querySelector('.words')
        globalThis.seen = []
        new MutationObserver(() => seen.push(words.textContent)).observe(words, {childList: true, characterData: true, subtree: true})
      }`)
        const machine = await powerOn(network, 'uefi', HOST.mac)
        await row.getByText(/^booting: fetched (?!a boot)/).waitFor({timeout: BOOT_MS})
        await keepPicture(page, 'web-booting', {width: 'wide', theme: 'light'})
        await row.getByText(/^up$/).waitFor({timeout: BOOT_MS})
        await machine.stop()
        const seen = await page.evaluate<string[]>('seen')
        console.log(`the row said: ${seen.join(' | ')}`)
        expect(seen).toEqual(expect.arrayContaining(['booting: fetched a boot loader', 'booting: fetched an initrd', 'up']))
        await row.getByRole('link', {name: HOST.name}).click()
        const timeline = page.getByRole('table', {name: `Last boot of ${HOST.name}`})
        for (const step of ['asked', 'offered', 'loader', 'config', 'kernel', 'initrd', 'up']) {
          await timeline.getByRole('cell', {name: step, exact: true}).first().waitFor()
        }
        await page.getByText('Nothing is wrong').waitFor()
        await keepPicture(page, 'web-host-phone', {width: 'phone', theme: 'dark'})

        // A host that the command line adds comes by itself; its kernel is missing, and the page says what the command says.
        await page.getByRole('link', {name: 'Hosts', exact: true}).click()
        await lab.must('add-host', BROKEN.name, '--mac', BROKEN.mac, '--ip', BROKEN.ip, '--image', 'broken')
        await page.getByRole('row', {name: BROKEN.name}).waitFor()
        await rm(join(lab.tftpRoot, 'images/broken/vmlinuz'))
        const stuck = await powerOn(network, 'bios', BROKEN.mac)
        await page.getByRole('link', {name: BROKEN.name}).click()
        await page.getByText('What mends it').first().waitFor({timeout: BOOT_MS})
        await page.getByRole('article').getByText('vmlinuz').first().waitFor({timeout: BOOT_MS})
        await stuck.stop()
        await keepPicture(page, 'web-why', {width: 'wide', theme: 'dark'})
        const {findings} = (await lab.must('why', BROKEN.name)) as {findings: {cause: string; remedies: string[]}[]}
        await page
          .getByText(findings[0]?.cause ?? 'no finding', {exact: false})
          .first()
          .waitFor()
        await page
          .getByText(findings[0]?.remedies[0] ?? 'no remedy', {exact: false})
          .first()
          .waitFor()

        // A stranger knocks and becomes a host.
        const client = await network.addClient(STRANGER)
        await client.run(['udhcpc', '-i', 'eth0', '-n', '-q', '-t', '2', '-T', '1', '-s', '/bin/true'])
        await page.getByRole('link', {name: 'Unknown clients'}).click()
        await page.getByRole('link', {name: `Adopt ${STRANGER} as a host`}).click()
        await page.getByLabel('Choose the name for me').check()
        await page.getByRole('button', {name: 'Add host'}).click()
        await page.getByRole('heading', {name: /^Host /}).waitFor()
        const {hosts} = (await lab.must('host', 'list')) as {hosts: {name: string; mac: string}[]}
        expect(hosts.map(({mac}) => mac)).toContain(STRANGER)

        // A deletion is asked for twice.
        await page.goto(`${PAGE}#/hosts/${HOST.name}`)
        await page.getByRole('button', {name: 'Delete'}).click()
        await page.getByRole('dialog', {name: `Delete ${HOST.name}?`}).waitFor()
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({state: 'detached'})
        expect(await hostNames(lab)).toContain(HOST.name)
        await page.getByRole('button', {name: 'Delete'}).click()
        await page.getByRole('dialog').getByRole('button', {name: 'Delete'}).click()
        await page.getByRole('heading', {name: 'Hosts', exact: true}).waitFor()
        await page.getByRole('row', {name: HOST.name}).waitFor({state: 'detached'})
        expect(await hostNames(lab)).not.toContain(HOST.name)

        // What the server refused, a wrong address and the menu of a host without its image, is in the browser's own log; nothing else is.
        expect(complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
      })
      await server.stop()
    }),
  TEST_MS,
)
