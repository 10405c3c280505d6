// A lab in a temporary folder, made by the init command as a user would make it.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import Init from '../../commands/init.js'
import {runCommand} from './run-command.js'
import {temporaryFolder} from './temporary-folder.js'

export const DHCPD_CONF = `# kept by hand
default-lease-time 600;
subnet 192.168.56.0 netmask 255.255.255.0 {
  range 192.168.56.200 192.168.56.250;
  option routers 192.168.56.1;	# a tab
}
host printer { hardware ethernet 00:11:22:33:44:55; fixed-address 192.168.56.9; }
`

export type TestLab = {
  readonly folder: string
  readonly config: string
  readonly dhcpdConf: string
  readonly path: (name: string) => string
}

const NETWORK = ['--server', '192.168.56.1', '--subnet', '192.168.56.0/24', '--range', '192.168.56.100-192.168.56.199']
const LOOPBACK = ['--defaults']

/** A lab on 192.168.56.0/24. `isc`: with a dhcpd.conf of its own, which no service reads. */
export async function makeLab(options: {isc?: boolean; loopback?: boolean} = {}): Promise<TestLab> {
  const folder = temporaryFolder()
  const dhcpdConf = join(folder, 'dhcpd.conf')
  writeFileSync(dhcpdConf, DHCPD_CONF)
  const dhcp = options.isc === true ? ['--dhcp', 'isc', '--dhcp-config', dhcpdConf] : ['--dhcp', 'none']
  const made = await runCommand(Init, [folder, ...(options.loopback === true ? LOOPBACK : NETWORK), ...dhcp])
  if (made.exitCode !== 0) throw new Error(made.stderr)
  const config = join(folder, 'pxectl.ini')
  return {folder, config, dhcpdConf, path: (name) => join(folder, name)}
}
