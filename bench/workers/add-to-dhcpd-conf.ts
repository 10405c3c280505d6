// Plans one host more for a dhcpd.conf and writes the file. Runs in plain node with the built program (ground.ts).
import type {IscOptions} from '../../src/dhcp/isc.js'
import type {Reservation} from '../../src/dhcp/reservation.js'

type Task = {readonly distUrl: string; readonly config: string; readonly stateFolder: string; readonly host: Reservation}

const {distUrl, config, stateFolder, host} = JSON.parse(process.argv[2]!) as Task
const {openIscServer} = (await import(`${distUrl}dhcp/isc.js`)) as typeof import('../../src/dhcp/isc.js')
const {writeAtomic} = (await import(`${distUrl}system/files.js`)) as typeof import('../../src/system/files.js')

const noPrograms: IscOptions['exec'] = () => Promise.reject(new Error('planning starts no programs'))
const server = openIscServer({config, placement: 'region', stateFolder, exec: noPrograms})
const plan = await server.plan({upsert: [{reservation: host, isNew: true}], remove: []})
for (const file of plan.files) await writeAtomic(file.path, file.after!)
