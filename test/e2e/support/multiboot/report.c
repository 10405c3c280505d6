/* Says on the first serial line what the loader handed over, and turns the machine off.
 *
 *     PXECTL-MB magic=2badb002
 *     PXECTL-MB cmdline=[/unix -B console=text]
 *     PXECTL-MB module crc=0a1b2c3d bytes=4096 cmdline=[boot_archive]
 *     PXECTL-MB end
 *
 * What is not printable, and the per cent sign, is written %xx. */
typedef unsigned int word;
typedef unsigned char byte;

/* Multiboot 0.6.96, section 3.3: what is read of it. */
struct info {
	word flags, memory[2], device, cmdline, module_count, modules;
};

struct module {
	word begin, end, cmdline, reserved;
};

enum { HAS_CMDLINE = 1 << 2, HAS_MODULES = 1 << 3, COM = 0x3f8 };

static void out(word port, byte value)
{
	__asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(port));
}

static byte in(word port)
{
	byte value;
	__asm__ volatile("inb %w1, %b0" : "=a"(value) : "d"(port));
	return value;
}

static void send(char c)
{
	while ((in(COM + 5) & 0x20) == 0)
		;
	out(COM, (byte)c);
}

static void say(const char *text)
{
	for (; *text; text++)
		send(*text);
}

static void hex(word value, int digits)
{
	while (digits-- > 0)
		send("0123456789abcdef"[value >> (4 * digits) & 15]);
}

static void number(word value)
{
	if (value >= 10)
		number(value / 10);
	send((char)('0' + value % 10));
}

static void quoted(const char *text)
{
	send('[');
	for (; text && *text; text++) {
		if (*text > ' ' - 1 && *text < 127 && *text != '%')
			send(*text);
		else {
			send('%');
			hex((byte)*text, 2);
		}
	}
	send(']');
}

/* CRC-32 as in gzip, RFC 1952 section 8. */
static word crc(const byte *at, const byte *end)
{
	static word table[256];
	word value = 0xffffffff;
	for (word i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] & 1 ? table[i] >> 1 ^ 0xedb88320 : table[i] >> 1;
	}
	while (at < end)
		value = table[(value ^ *at++) & 255] ^ value >> 8;
	return ~value;
}

void report(word magic, const struct info *info)
{
	const struct module *module = (const struct module *)info->modules;
	word count = info->flags & HAS_MODULES ? info->module_count : 0;

	/* 115200 baud, 8 bits, no parity. */
	out(COM + 3, 0x80);
	out(COM, 1);
	out(COM + 1, 0);
	out(COM + 3, 3);
	say("\nPXECTL-MB magic=");
	hex(magic, 8);
	say("\nPXECTL-MB cmdline=");
	quoted(info->flags & HAS_CMDLINE ? (const char *)info->cmdline : 0);
	for (; count > 0; count--, module++) {
		say("\nPXECTL-MB module crc=");
		hex(crc((const byte *)module->begin, (const byte *)module->end), 8);
		say(" bytes=");
		number(module->end - module->begin);
		say(" cmdline=");
		quoted((const char *)module->cmdline);
	}
	say("\nPXECTL-MB end\n");
	while ((in(COM + 5) & 0x40) == 0)
		;
	out(0xf4, 0); /* QEMU's isa-debug-exit */
}
