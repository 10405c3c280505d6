/* Entry and Multiboot header (version 0.6.96, section 3.1) of the test kernel. With ADDRESSES the header says itself where the kernel
 * goes, as that of illumos' unix does: a loader then need not understand the file around it, which is ELF64. */
#ifdef ADDRESSES
#define WANTS 0x00010003
#else
#define WANTS 0x00000003
#endif

	.section .header, "a"
	.balign 4
header:
	.long 0x1BADB002, WANTS, -(0x1BADB002 + WANTS)
#ifdef ADDRESSES
	.long header, image_begin, image_end, memory_end, enter
#endif

	.text
	.globl enter
enter:
	cli
	cld
	mov $stack_top, %esp
	push %ebx
	push %eax
	call report
stop:
	hlt
	jmp stop

	.bss
	.balign 16
	.skip 8192
stack_top:
	.section .note.GNU-stack, "", @progbits
