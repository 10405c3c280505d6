// The session of the page: who asks, the token that changes must carry, login and logout.
import type {Access} from '../access.js'
import type {Route} from '../route.js'

/** All open: they are how one gets in. */
export function sessionRoutes(access: Access): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/session',
      isOpen: true,
      answer: async ({request}) => {
        const {session, headers} = await access.session(request)
        return {json: {session}, headers}
      },
    },
    {
      method: 'POST',
      path: '/session',
      isOpen: true,
      answer: async ({request, body}) => {
        const secret = body.needText('password')
        body.checkUnasked()
        const {session, headers} = await access.login(request, secret)
        return {json: {session}, headers}
      },
    },
    {
      method: 'DELETE',
      path: '/session',
      isOpen: true,
      answer: async ({request}) => {
        const {session, headers} = await access.logout(request)
        return {json: {session}, headers}
      },
    },
  ]
}
