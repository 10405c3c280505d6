// Serves on the socket it was started with, as file descriptor 3: what systemd does. Ends when its input does.
import {bytesFile} from '../../src/bootfiles/boot-file.js'
import {startHttpServer} from '../../src/http/server.js'

const files = () => bytesFile(Buffer.from('from the socket of another'), 0)
const server = await startHttpServer({address: 'not.used', port: 1, fd: 3, files})
process.stdout.write(`${server.address}:${server.port}\n`)
process.stdin.resume()
process.stdin.once('end', () => void server.close())
