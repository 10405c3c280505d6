// What is changed on the web page is changed: a real dhcpd gives what was applied there, a card hears the packet of Wake-on-LAN, a
// machine that is there answers the ping; and what is seen is on the page as it comes.
//
//     br0 192.168.56.1: dhcpd; pxectl serve with the page on 127.0.0.1:4040, Chromium ── c1: busybox udhcpc, a card that listens
import {readFile, writeFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {withBrowser} from './support/browser.js'
import {HAND_WRITTEN, startDhcpd} from './support/dhcpd.js'
import {makeLab, startServe} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {listenUdp} from './support/listen-udp.js'
import {withNetwork} from './support/network.js'
import {until} from './support/programs.js'

const PAGE = 'http://127.0.0.1:4040/'
const MAC = '52:54:00:a1:b2:c3'

test(
  'a host is declared, edited, woken and pinged on the page; its menus, the images and events are there',
  () =>
    withNetwork('web-change', async (network) => {
      const dhcpd = await startDhcpd(network)
      const lab = await makeLab(network, {dhcp: 'isc', dhcpd})
      await lab.addImage('debian')
      await lab.must('add-host', 'tk1', '--mac', MAC, '--ip', '192.168.56.21', '--image', 'debian')
      const server = await startServe(lab, 'off')
      const client = await network.addClient(MAC)
      // Somebody took it out by hand.
      await writeFile(dhcpd.config, HAND_WRITTEN)
      await withBrowser(network.namespace, async ({page, complaints}) => {
        await page.goto(`${PAGE}#/dhcp`)
        await page.getByText('1 host declared').waitFor()
        await page.locator('.diff .added', {hasText: 'host tk1'}).waitFor()
        await page.getByRole('button', {name: 'Apply'}).click()
        await page.getByRole('dialog').getByRole('button', {name: 'Cancel'}).click()
        expect(await readFile(dhcpd.config, 'utf8')).toBe(HAND_WRITTEN)
        await page.getByRole('button', {name: 'Apply'}).click()
        await page.getByRole('dialog').getByRole('button', {name: 'Apply'}).click()
        await page.getByText(`Changed ${dhcpd.config}`).waitFor()
        await page.getByText('No file would change').waitFor()
        expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})

        await page.goto(`${PAGE}#/hosts/tk1/edit`)
        const ip = page.getByLabel('IP address')
        await until('the form to be filled', 60_000, async () => (await ip.inputValue()) === '192.168.56.21')
        await ip.fill('192.168.56.22')
        await page.getByRole('button', {name: 'Show what would change'}).click()
        await page.getByText('This would change').waitFor()
        expect((await requestLease(client))?.address).toBe('192.168.56.21')
        await page.getByRole('button', {name: 'Save'}).click()
        await page.getByRole('heading', {name: 'Host tk1'}).waitFor()
        await page.getByText('192.168.56.22').first().waitFor()
        expect(await requestLease(client)).toEqual({address: '192.168.56.22', hostname: 'tk1'})

        const heard = await listenUdp(client, 9)
        await page.getByRole('button', {name: 'Wake'}).click()
        await page.getByText('Sent the magic packet to 255.255.255.255:9').waitFor()
        await until('the packet', 60_000, () => heard().includes(`ffffffffffff${MAC.replaceAll(':', '').repeat(16)}`))
        await page.getByRole('button', {name: 'Ping'}).click()
        await page.getByText('tk1 does not answer').waitFor()
        await client.mustRun(['ip', 'address', 'add', '192.168.56.22/24', 'dev', 'eth0'])
        await page.getByRole('button', {name: 'Ping'}).click()
        await page.getByText('tk1 answers').waitFor()

        await page.getByRole('link', {name: 'Menus'}).click()
        await page.getByLabel('Menu of', {exact: true}).selectOption('tk1')
        await page.getByText('KERNEL images/debian/vmlinuz').waitFor()
        await page.getByLabel('Language of').selectOption('ipxe')
        await page.getByText('#!ipxe').waitFor()
        await page.getByRole('link', {name: 'Images'}).click()
        await page.getByRole('link', {name: 'debian'}).click()
        await page.getByRole('heading', {name: 'Image debian'}).waitFor()
        await page.getByText('Menus that start it').waitFor()
        await page.getByRole('link', {name: 'Filesystems'}).click()
        await page.getByText('pxectl fs create NAME').waitFor()

        // Events come by themselves; a pause holds them back, and its end brings them.
        await page.getByRole('link', {name: 'Events'}).click()
        await page.getByText('Nothing has been seen yet').waitFor()
        const fetch = (name: string) => client.run(['curl', '-s', '--interface', '192.168.56.22', `http://192.168.56.1:8069/${name}`])
        await fetch('images/debian/args')
        await page.getByRole('row', {name: 'images/debian/args'}).waitFor()
        await page.getByRole('button', {name: 'Pause'}).click()
        await fetch('images/debian/vmlinuz')
        await until('the event to be kept', 60_000, async () =>
          JSON.stringify(await lab.must('events', '--host', 'tk1')).includes('images/debian/vmlinuz'),
        )
        // Two looks of the server later it would be there.
        await page.waitForTimeout(1500)
        expect(await page.getByRole('row', {name: 'images/debian/vmlinuz'}).count()).toBe(0)
        await page.getByRole('button', {name: 'Pause'}).click()
        await page.getByRole('row', {name: 'images/debian/vmlinuz'}).first().waitFor()
        expect(complaints).toEqual([])
      })
      await server.stop()
    }),
  900_000,
)
