// Menus, images and DHCP: the same operations as their commands.
import {applyDhcp, diffDhcp} from '../../operations/apply-dhcp.js'
import {listImages} from '../../operations/list-images.js'
import {showDhcp} from '../../operations/show-dhcp.js'
import {showImage} from '../../operations/show-image.js'
import {menuFormats, showMenu} from '../../operations/show-menu.js'
import {changeOptions} from '../change-options.js'
import type {Route} from '../route.js'

export const labRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/menus/{host}',
    answer: async ({lab, params, query}) => {
      const format = query.choice('format', menuFormats) ?? 'pxelinux'
      return {json: {menu: await showMenu(await lab(), params('host'), format)}}
    },
  },
  {method: 'GET', path: '/images', answer: async ({lab}) => ({json: await listImages(await lab())})},
  {method: 'GET', path: '/images/{image}', answer: async ({lab, params}) => ({json: await showImage(await lab(), params('image'))})},
  {method: 'GET', path: '/dhcp', answer: async ({lab}) => ({json: await showDhcp(await lab())})},
  {method: 'GET', path: '/dhcp/diff', answer: async ({lab}) => ({json: await diffDhcp(await lab())})},
  {
    method: 'POST',
    path: '/dhcp/apply',
    answer: async ({lab, body, query}) => {
      const options = changeOptions(query)
      body.checkUnasked()
      return {json: {...(await applyDhcp(await lab(), options)), dryRun: options.dryRun}}
    },
  },
]
