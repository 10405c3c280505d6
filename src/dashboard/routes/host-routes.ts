// Hosts: the same operations as add-host and the host commands.
import {randomInt} from 'node:crypto'
import {parseHostname} from '../../net/hostname.js'
import {addHost} from '../../operations/add-host.js'
import {freeHost} from '../../operations/free-host.js'
import {hostAnswer, hostsAnswer} from '../../operations/host-answer.js'
import {parseHostValues} from '../../operations/host-values.js'
import {listHosts, showHost} from '../../operations/list-hosts.js'
import {removeHosts} from '../../operations/remove-hosts.js'
import {setHost} from '../../operations/set-host.js'
import {changeOptions} from '../change-options.js'
import type {Fields} from '../fields.js'
import type {Route} from '../route.js'

export const hostRoutes: readonly Route[] = [
  {method: 'GET', path: '/hosts', answer: async ({lab}) => ({json: await listHosts(await lab())})},
  {method: 'GET', path: '/hosts/free', answer: async ({lab}) => ({json: await freeHost(await lab(), new Date())})},
  {method: 'GET', path: '/hosts/{host}', answer: async ({lab, params}) => ({json: await showHost(await lab(), params('host'))})},
  {
    method: 'POST',
    path: '/hosts',
    answer: async ({lab, body, query}) => {
      const name = body.text('name')
      const firmware = body.choice('firmware', ['bios', 'uefi'])
      const wanted = {
        ...hostValues(body),
        ...(name === undefined ? {} : {name: parseHostname(name)}),
        ...(firmware === undefined ? {} : {firmware}),
        auto: body.flag('auto') ?? false,
        dhcp: body.flag('dhcp') ?? true,
      }
      const options = changeOptions(query)
      body.checkUnasked()
      const changed = await addHost(await lab(), wanted, {...options, random: randomInt, now: () => new Date()})
      return {status: options.dryRun ? 200 : 201, json: hostAnswer(changed, options.dryRun)}
    },
  },
  {
    method: 'PATCH',
    path: '/hosts/{host}',
    answer: async ({lab, params, body, query}) => {
      const [name, firmware, dhcp] = [body.text('name'), body.choice('firmware', ['bios', 'uefi', 'any']), body.flag('dhcp')]
      const update = {
        ...hostValues(body),
        ...(name === undefined ? {} : {name: parseHostname(name)}),
        ...(firmware === undefined ? {} : {firmware}),
        ...(dhcp === undefined ? {} : {dhcp}),
      }
      const options = changeOptions(query)
      body.checkUnasked()
      const changed = await setHost(await lab(), params('host'), update, {...options, now: () => new Date()})
      return {json: hostAnswer(changed, options.dryRun)}
    },
  },
  {
    method: 'DELETE',
    path: '/hosts/{host}',
    answer: async ({lab, params, body, query}) => {
      const options = changeOptions(query)
      body.checkUnasked()
      return {json: hostsAnswer(await removeHosts(await lab(), [params('host')], options), options.dryRun)}
    },
  },
]

function hostValues(body: Fields): ReturnType<typeof parseHostValues> {
  return parseHostValues({
    ip: body.text('ip'),
    mac: body.text('mac'),
    root: body.text('root'),
    image: body.text('image'),
    bootArgs: body.text('bootArgs'),
  })
}
