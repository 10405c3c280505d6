// dhcpd.conf to Kea, case by case; that Kea takes it, and answers as dhcpd does, is shown in test/e2e/dhcp-migrate.e2e.ts.
import {describe, expect, test} from 'vitest'
import {parseConfFile} from '../../src/dhcp/isc-load.js'
import {convertToKea, type KeaConversion} from '../../src/dhcp/isc-to-kea.js'

function convert(text: string, includes: Record<string, string> = {}): KeaConversion {
  const files = Object.entries({'/dhcpd.conf': text, ...includes}).map(([path, content]) =>
    parseConfFile(path, Buffer.from(content, 'latin1')),
  )
  return convertToKea(files, (path) => files.find((file) => file.path === path))
}

const SUBNET = 'subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.100 10.0.0.199; }\n'
const subnet = (more: object = {}): object => ({id: 1, subnet: '10.0.0.0/24', pools: [{pool: '10.0.0.100 - 10.0.0.199'}], ...more})

function check(text: string, config: object, includes: Record<string, string> = {}): void {
  expect(convert(text, includes)).toEqual({config: {'valid-lifetime': 43_200, ...config}, unconverted: []})
}

describe('declarations', () => {
  test('a subnet with its range', () => check(SUBNET, {subnet4: [subnet()]}))

  test('hosts go to the subnet of their address, wherever they stand; those without one are for all', () => {
    const hosts =
      'host a { hardware ethernet 8:0:27:0:0:A; fixed-address 10.0.0.5, 10.9.0.5; }\nhost b { hardware ethernet 08:00:27:00:00:0b; option host-name "bee"; }\n'
    check(`${hosts}${SUBNET}`, {
      'reservations-global': true,
      'reservations-in-subnet': true,
      reservations: [{'hw-address': '08:00:27:00:00:0b', hostname: 'bee'}],
      subnet4: [subnet({reservations: [{'hw-address': '08:00:27:00:00:0a', 'ip-address': '10.0.0.5'}]})],
    })
  })

  test('a group passes on what it says, and so does use-host-decl-names', () => {
    check(
      `use-host-decl-names on; group { next-server 10.0.0.9; filename "x.0"; host a.b { hardware ethernet 08:00:27:00:00:0a; fixed-address 10.0.0.5; } }\n${SUBNET}`,
      {
        subnet4: [
          subnet({
            reservations: [
              {
                'hw-address': '08:00:27:00:00:0a',
                hostname: 'a.b',
                'next-server': '10.0.0.9',
                'boot-file-name': 'x.0',
                'ip-address': '10.0.0.5',
              },
            ],
          }),
        ],
      },
    )
  })

  test('addresses for known clients only, said before or after the range, outside or inside', () => {
    const known = {pool: '10.0.0.100 - 10.0.0.199', 'client-class': 'KNOWN'}
    for (const words of ['deny unknown-clients', 'ignore unknown-clients', 'boot-unknown-clients off']) {
      check(`${SUBNET}${words};`, {subnet4: [subnet({pools: [known]})]})
      check(SUBNET.replace('}', `${words}; }`), {subnet4: [subnet({pools: [known]})]})
    }
    check(`deny unknown-clients; ${SUBNET.replace('}', 'allow unknown-clients; }')}`, {subnet4: [subnet()]})
    check(`${SUBNET.replace('range', 'deny unknown-clients; pool { range').replace('}', '} }')}`, {subnet4: [subnet({pools: [known]})]})
  })

  test('the lease time is that of dhcpd where the file has none', () => {
    expect(convert(SUBNET).config['valid-lifetime']).toBe(43_200)
    expect(convert(`default-lease-time 600; ${SUBNET}`).config['valid-lifetime']).toBe(600)
  })

  test('pools with who may have them, and shared networks', () => {
    check(
      `class "kvm" { match if substring(hardware, 1, 3) = 52:54:00; }
shared-network lab {
  option routers 10.0.0.1;
  subnet 10.0.0.0 netmask 255.255.255.0 { pool { allow members of "kvm"; range 10.0.0.10 10.0.0.20; } pool { deny unknown-clients; range 10.0.0.30; } pool { deny members of "kvm"; range 10.0.0.40; } }
  subnet 10.0.1.0 netmask 255.255.255.0 { }
}`,
      {
        'client-classes': [
          {name: 'kvm', test: 'substring(pkt4.mac,0,3) == 0x525400'},
          {name: 'not-kvm', test: "not member('kvm')"},
        ],
        'shared-networks': [
          {
            name: 'lab',
            'option-data': [{name: 'routers', data: '10.0.0.1'}],
            subnet4: [
              {
                id: 1,
                subnet: '10.0.0.0/24',
                pools: [
                  {pool: '10.0.0.10 - 10.0.0.20', 'client-class': 'kvm'},
                  {pool: '10.0.0.30 - 10.0.0.30', 'client-class': 'KNOWN'},
                  {pool: '10.0.0.40 - 10.0.0.40', 'client-class': 'not-kvm'},
                ],
              },
              {id: 2, subnet: '10.0.1.0/24'},
            ],
          },
        ],
        subnet4: [],
      },
    )
  })

  test('includes are read where they stand', () => {
    check(
      'include "/hosts";\n' + SUBNET,
      {subnet4: [subnet({reservations: [{'hw-address': '08:00:27:00:00:0a', 'ip-address': '10.0.0.5'}]})]},
      {
        '/hosts': 'host a { hardware ethernet 08:00:27:00:00:0a; fixed-address 10.0.0.5; }\n',
      },
    )
  })
})

describe('parameters and options', () => {
  test.each([
    [
      'default-lease-time 600; max-lease-time 7200; authoritative;',
      {'valid-lifetime': 600, 'max-valid-lifetime': 7200, authoritative: true},
    ],
    ['ddns-update-style none; log-facility local7;', {}],
    ['option domain-name-servers 10.0.0.1, 10.0.0.2;', {'option-data': [{name: 'domain-name-servers', data: '10.0.0.1, 10.0.0.2'}]}],
    ['option domain-search "a.example", "b.example";', {'option-data': [{name: 'domain-search', data: 'a.example, b.example'}]}],
    ['option root-path "nfs:a,b";', {'option-data': [{name: 'root-path', data: String.raw`nfs:a\,b`}]}],
    [
      'option interface-mtu 1400; option ip-forwarding off;',
      {
        'option-data': [
          {name: 'interface-mtu', data: '1400'},
          {name: 'ip-forwarding', data: 'false'},
        ],
      },
    ],
    ['option bootfile-name "x";', {'option-data': [{name: 'boot-file-name', data: 'x'}]}],
    [
      'option own code 200 = array of ip-address; option own 10.0.0.1, 10.0.0.2;',
      {
        'option-def': [{name: 'own', code: 200, type: 'ipv4-address', array: true, space: 'dhcp4'}],
        'option-data': [{code: 200, data: '10.0.0.1, 10.0.0.2'}],
      },
    ],
    ['option routers 10.0.0.1; option routers 10.0.0.2;', {'option-data': [{name: 'routers', data: '10.0.0.2'}]}],
  ])('%s', (text, config) => check(text, {...config, subnet4: []}))
})

describe('conditions', () => {
  test.each([
    ['exists user-class and option user-class = "iPXE"', "option[77].exists and option[77].hex == 'iPXE'"],
    ['not (option pxe-system-type = 00:07) or known', "not ((option[93].hex == 0x0007)) or member('KNOWN')"],
    ['substring(option vendor-class-identifier, 0, 9) = "PXEClient"', "substring(option[60].hex,0,9) == 'PXEClient'"],
    ['hardware = 1:52:54:00:00:00:01', 'pkt4.mac == 0x525400000001'],
    ['option agent.circuit-id = "port\'s"', `relay4[1].hex == 0x${Buffer.from("port's").toString('hex')}`],
    [
      '(option host-name = "a" or option host-name != "b") and exists domain-name',
      "(option[12].hex == 'a' or option[12].hex != 'b') and option[15].exists",
    ],
  ])('%s', (condition, expected) => {
    check(`class "c" { match if ${condition}; }`, {'client-classes': [{name: 'c', test: expected}], subnet4: []})
  })

  test('a chain of if becomes classes that exclude each other', () => {
    check(
      `option arch code 93 = unsigned integer 16;
if option arch = 00:07 { filename "a"; } elsif option arch = 00:10 { option vendor-class-identifier "HTTPClient"; filename "b"; } else { filename "c"; next-server 10.0.0.9; }`,
      {
        'client-classes': [
          {name: 'if-1-1', test: 'option[93].hex == 0x0007', 'boot-file-name': 'a'},
          {
            name: 'if-1-2',
            test: "not member('if-1-1') and (option[93].hex == 0x0010)",
            'boot-file-name': 'b',
            'option-data': [{name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true}],
          },
          {name: 'if-1-3', test: "not member('if-1-1') and not member('if-1-2')", 'boot-file-name': 'c', 'next-server': '10.0.0.9'},
        ],
        subnet4: [],
      },
    )
  })
})

test('what has no counterpart is listed with its place, and the rest is converted', () => {
  const {config, unconverted} = convert(
    `on commit { execute("x"); }
zone x. { primary 127.0.0.1; }
class "c" { match hardware; }
class "d" { match if pick-first-value(option host-name, "x") = "y"; }
option domain-name = concat("a", "b");
host nobody { fixed-address 10.0.0.6; }
host slow { hardware ethernet 08:00:27:00:00:0a; fixed-address 10.0.0.7; default-lease-time 5; }
include "/gone";
${SUBNET}`,
  )
  expect(config['subnet4']).toEqual([subnet({reservations: [{'hw-address': '08:00:27:00:00:0a', 'ip-address': '10.0.0.7'}]})])
  expect(unconverted.map(({line, statement}) => `${line} ${statement}`)).toEqual([
    '1 on commit',
    '2 zone x.',
    '3 match hardware',
    '3 class "c"',
    '4 class "d"',
    '5 option domain-name = concat ( "a" , "b" )',
    '6 host nobody',
    '7 host slow',
    '8 include "/gone"',
  ])
  expect(unconverted.every(({file, reason}) => file === '/dhcpd.conf' && reason !== '')).toBe(true)
})
