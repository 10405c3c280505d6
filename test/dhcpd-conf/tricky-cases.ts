// What makes a dhcpd.conf hard to edit, as data: for the table test here and for the real `dhcpd -t` in
// test/e2e/dhcpd-verdict.e2e.ts. Constructs met in real files, and the traps of dhcpd 4.4.3-P1's own reader.

export type TrickyCase = {
  readonly name: string
  /** Latin-1: one character a byte. */
  readonly text: string
  /** The hosts a reader must see, as `name mac addresses`; absent parts are `-`. */
  readonly hosts: readonly string[]
  /** Where and why editing is refused: `line:column` and a part of the message. */
  readonly refused?: readonly [place: string, message: string]
  /** `dhcpd -t`; where it refuses a file, pxectl may still carry it. */
  readonly dhcpd: 'accepts' | 'refuses' | 'crashes'
}

const A = 'hardware ethernet 08:00:27:00:00:01;'
const subnet = (body: string): string => `subnet 10.0.0.0 netmask 255.255.255.0 {${body}}\n`
const accepted = (name: string, text: string, ...hosts: string[]): TrickyCase => ({name, text, hosts, dhcpd: 'accepts'})
const rejected = (name: string, text: string, ...hosts: string[]): TrickyCase => ({name, text, hosts, dhcpd: 'refuses'})

export const trickyCases: readonly TrickyCase[] = [
  accepted('1 several hosts on a line, without blanks', `host a{${A}}host b{}host c{}`, 'a 08:00:27:00:00:01 -', 'b - -', 'c - -'),
  accepted(
    '2 comments between any two tokens, within a MAC too',
    'host # n\na # }\n{ # {\nhardware # e\nethernet 08:00 # ;\n:27:00:00:01 # last\n;}\n',
    'a 08:00:27:00:00:01 -',
  ),
  accepted('3 comments behind } and ;', `host a { ${A} # card\n} # rack 4\nhost b {} # spare\n`, 'a 08:00:27:00:00:01 -', 'b - -'),
  accepted('4 a host that is commented out', '#host a { hardware ethernet 1:2:3:4:5:6; }\n# host b {\n# }\nhost c {}\n', 'c - -'),
  accepted('5 braces, quotes and hosts in comments', 'host a { # host b { "\n} # }} " {\n', 'a - -'),
  accepted('6 marks in strings', 'option domain-name "host x {};#}";\nhost a { option host-name "};{#"; }\n', 'a - -'),
  accepted('7 a string over two lines', 'option domain-name "a\nhost b {}\n\\\nc";\nhost a {}\n', 'a - -'),
  accepted(
    '8 an escaped quote; an escaped backslash at the end',
    'option domain-name "C:\\\\boot\\\\";\noption root-path "\\"x";\nhost a {}\n',
    'a - -',
  ),
  {
    name: '9 an octal escape that swallows the closing quote',
    text: 'option domain-name "abc\\0";\nhost a {}\noption root-path "x";\n',
    hosts: ['a - -'],
    refused: ['1:20', 'cut short'],
    dhcpd: 'refuses',
  },
  accepted('10 CRLF', `# x\r\nhost a {\r\n\t${A}\r\n}\r\n`, 'a 08:00:27:00:00:01 -'),
  accepted('10 mixed line ends', 'host a {}\r\nhost b {\n}\r\n# x\nhost c {}\r\n', 'a - -', 'b - -', 'c - -'),
  accepted('11 no final line end', 'host a {}', 'a - -'),
  accepted('11 a comment without a final line end', 'host a {}\n# the end', 'a - -'),
  {name: '12 a byte order mark', text: '\xef\xbb\xbfhost a {}\n', hosts: [], refused: ['1:1', 'byte order mark'], dhcpd: 'refuses'},
  {name: '12 UTF-16', text: '\xff\xfeh\0o\0s\0t\0', hosts: [], refused: ['1:1', 'UTF-16'], dhcpd: 'accepts'},
  {name: '12 UTF-16 without a mark', text: 'a\0u\0t\0h\0', hosts: [], refused: ['1:1', 'UTF-16'], dhcpd: 'refuses'},
  {
    name: '12 byte 0xFF: the rest is dead',
    text: 'host a {}\n\xff\nhost b {}\n',
    hosts: ['a - -'],
    refused: ['2:1', 'stops reading here, at byte 10'],
    dhcpd: 'accepts',
  },
  accepted('13 Latin-1 and UTF-8 in comments', '# B\xfcro, B\xc3\xbcro\nhost a {}\n', 'a - -'),
  {
    name: '14 CR alone, behind a comment all is dead',
    text: 'host a {}\r# x\rhost b {}\r',
    hosts: ['a - -'],
    refused: ['1:11', 'CR alone'],
    dhcpd: 'accepts',
  },
  {
    name: '14 CR alone, and a line that a program appended',
    text: 'host a {}\r# x\rhost b {}\rhost d {}\r\nhost c {}\n',
    hosts: ['a - -', 'c - -'],
    refused: ['1:11', 'CR alone'],
    dhcpd: 'accepts',
  },
  rejected('15 1,500 blanks in a row', `host a {}${'\n'.repeat(1500)}host b {}\n`, 'a - -', 'b - -'),
  accepted('15 1,499 blanks in a row', `host a {}${'\n'.repeat(1499)}host b {}\n`, 'a - -', 'b - -'),
  accepted(
    '16 keywords in any case',
    'HOST a { Hardware ETHERNET 08:00:27:00:00:01; Fixed-Address 10.0.0.5; }\nSubNet 10.0.0.0 NetMask 255.255.255.0 {}\n',
    'a 08:00:27:00:00:01 10.0.0.5',
  ),
  rejected('17 a quoted host name', 'host "a" {}\n', '"a" - -'),
  accepted('18 dotted names, blanks around dots, a trailing dot', 'host a . b {}\nhost c.d. {}\n', 'a.b - -', 'c.d. - -'),
  accepted(
    '19 names that are keywords, digits, or begin with -',
    'host group {}\nhost option {}\nhost if {}\nhost 12 {}\nhost -x {}\nhost 1a {}\n',
    ...['group - -', 'option - -', 'if - -', '12 - -', '-x - -', '1a - -'],
  ),
  accepted('20 A and a are two hosts', 'host A {}\nhost a {}\n', 'A - -', 'a - -'),
  rejected('21 one name twice, in different scopes', `host a {}\n${subnet(' host a {} ')}`, 'a - -', 'a - -'),
  accepted(
    '22 one MAC twice, one address twice',
    `host a { ${A} fixed-address 10.0.0.1; }\nhost b { ${A} fixed-address 10.0.0.1; }\n`,
    ...['a 08:00:27:00:00:01 10.0.0.1', 'b 08:00:27:00:00:01 10.0.0.1'],
  ),
  accepted(
    '23 spellings of a MAC',
    'host a { hardware ethernet 8:0:27:AB:c:1; }\nhost b { hardware ethernet 008:000:027:0:0:1; }\nhost c { hardware ethernet; }\n',
    ...['a 08:00:27:ab:0c:01 -', 'b 08:00:27:00:00:01 -', 'c - -'],
  ),
  rejected('23 a byte of a MAC beyond 255', 'host a { hardware ethernet 108:0:27:0:0:1; }\n', 'a - -'),
  rejected('23 a MAC with hyphens', 'host a { hardware ethernet 08-00-27-00-00-01; }\n', 'a - -'),
  accepted('24 several addresses; blanks within one', 'host a { fixed-address 10 . 0.0.1 ,10.1.0.1; }\n', 'a - 10.0.0.1,10.1.0.1'),
  accepted('24 a name for an address', 'host a { fixed-address localhost; }\n', 'a - localhost'),
  rejected('25 two hardware statements', `host a { ${A} ${A} }\n`, 'a 08:00:27:00:00:01 -'),
  accepted(
    '26 hosts in every scope',
    `group { host a {} group { host b {} } }\n${subnet(' host c {} pool { range 10.0.0.9; } ')}shared-network s { subnet 10.1.0.0 netmask 255.255.0.0 {} host d {} }\n`,
    ...['a - -', 'b - -', 'c - -', 'd - -'],
  ),
  accepted('26 a host in a pool', subnet(' pool { range 10.0.0.9; host a {} } '), 'a - -'),
  accepted(
    '27 hosts without a MAC',
    'host a { option dhcp-client-identifier "x"; }\nhost b { host-identifier option dhcp-client-identifier 1:2; }\nhost c { uid 1:2:3; }\n',
    ...['a - -', 'b - -', 'c - -'],
  ),
  accepted(
    '28 if, elsif, else in a host',
    `host a { ${A} if exists user-class { filename "x"; } elsif known { filename "}"; } else { filename "z"; } }\n`,
    'a 08:00:27:00:00:01 -',
  ),
  accepted(
    '29 events with strings of braces',
    'on commit or expiry { execute("/bin/x", "host b {", ";}"); }\nhost a { on release { log(info, "}"); } }\n',
    'a - -',
  ),
  accepted(
    '30 records: braces that are no block',
    'option r code 200 = { integer 8, text };\noption s code 201 = array of { integer 8 };\nhost a {}\n',
    'a - -',
  ),
  accepted(
    '31 a key, with and without ;',
    'key k { algorithm hmac-md5; secret YWJj; };\nkey l { algorithm hmac-md5; secret YWJj; }\nhost a {}\n',
    'a - -',
  ),
  rejected('31 a zone with ;', 'zone x.example. { primary 127.0.0.1; };\nhost a {}\n', 'a - -'),
  accepted('32 base64 that looks like a comment', 'key k { algorithm hmac-md5; secret YWJj//+d; }\nhost a {}\n', 'a - -'),
  {name: '33 an empty key', text: 'key k {}\nhost a {}\n', hosts: ['a - -'], dhcpd: 'crashes'},
  accepted(
    '34 switch and case',
    'switch (option host-name) { case "a": default-lease-time 60; break; default: max-lease-time 60; }\nhost a {}\n',
    'a - -',
  ),
  rejected('35 an include that is not there', 'include "/nowhere/x.conf";\nhost a {}\n', 'a - -'),
  rejected('35 an include without quotes', 'include x.conf;\nhost a {}\n', 'a - -'),
  accepted(
    '37 classes, subclasses and % lines are carried',
    'class "c" { match hardware; }\nsubclass "c" 1:08:00:27:00:00:01;\nsubclass "c" 1:8:0:27:0:0:2 { option domain-name "host b {}"; }\n% skip this;\nhost a {}\n',
    'a - -',
  ),
  accepted('38 a host that OMAPI deleted', 'host a { dynamic; deleted; }\n', 'a - -'),
  rejected(
    '39 one name thrice, as network editors write it',
    'host VMnet8 {}\nhost VMnet8 {}\nhost VMnet8 {}\n',
    'VMnet8 - -',
    'VMnet8 - -',
    'VMnet8 - -',
  ),
  accepted(
    '39 lines that another program guards',
    '###### VMNET DHCP Configuration. Start of "DO NOT MODIFY SECTION" #####\nhost a {}\n####### VMNET DHCP Configuration. End of "DO NOT MODIFY SECTION" #######\n',
    'a - -',
  ),
  {name: '40 a template', text: 'host a {}\n{% for h in hosts %}\n', hosts: ['a - -'], refused: ['2:1', 'template'], dhcpd: 'refuses'},
  {name: '40 a template of another kind', text: 'host {{ name }} {}\n', hosts: [], refused: ['1:6', 'template'], dhcpd: 'refuses'},
  {name: '40 one more', text: 'authoritative;\n<%= @hosts %>\n', hosts: [], refused: ['2:1', 'template'], dhcpd: 'refuses'},
  rejected('a ; behind a block', 'host a {};\n', 'a - -'),
  {
    name: 'a missing ;',
    text: 'group {\n  host a { fixed-address 10.0.0.1 }\n}\n',
    hosts: ['a - 10.0.0.1'],
    refused: ['2:12', '";" is missing'],
    dhcpd: 'refuses',
  },
  {name: 'a missing }', text: 'group {\nhost a {\n}\n', hosts: ['a - -'], refused: ['1:7', 'never closed'], dhcpd: 'refuses'},
  {name: 'a } too many', text: 'host a {}\n}\n', hosts: ['a - -'], refused: ['2:1', 'closes nothing'], dhcpd: 'refuses'},
  rejected('slashes are no comment', '// x\nhost a {}\n'),
  accepted('numbers below zero and hexadecimal', 'default-lease-time -1;\nmax-lease-time 0x10;\nhost a {}\n', 'a - -'),
  accepted(
    'groups with names, and a host that names its group',
    'group g { option domain-name "x"; }\ngroup "a b" {}\nhost a { group "g"; }\n',
    'a - -',
  ),
]
