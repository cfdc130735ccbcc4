// SPDX-License-Identifier: Apache-2.0
// Jumps to a provider's functions. wrapper.py adds the names, and for each a jump through its slot.
// A slot leads to TRIVET_FIND at first: the provider's own constructors call before ours have run.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

extern void *trivet_slots[NAMES];
static const char *const names[NAMES] = {
/* NAMES */
};

__attribute__((visibility("hidden"))) void *trivet_true(const char *name) {
    static void *provider;
    if (provider == NULL)
        provider = dlopen(PROVIDER, RTLD_NOW | RTLD_LOCAL);
    void *found = provider == NULL ? NULL : dlsym(provider, name);
    if (found == NULL) {
        fprintf(stderr, "mutant: %s has no %s\n", PROVIDER, name);
        abort();
    }
    return found;
}

__attribute__((visibility("hidden"), used)) void *trivet_find(long i) {
    return trivet_slots[i] = trivet_true(names[i]);
}

__attribute__((constructor(101))) static void find_all(void) {
    for (long i = 0; i < NAMES; ++i)
        trivet_find(i);
}

// Every register that holds an argument is kept; the number of the slot lies on the stack.
#if defined(__x86_64__)
__asm__(".text\n"
        "trivet_first:\n"
        "  push %rax; push %rdi; push %rsi; push %rdx; push %rcx; push %r8; push %r9\n"
        "  sub $136, %rsp\n"
        "  movups %xmm0, (%rsp); movups %xmm1, 16(%rsp); movups %xmm2, 32(%rsp)\n"
        "  movups %xmm3, 48(%rsp); movups %xmm4, 64(%rsp); movups %xmm5, 80(%rsp)\n"
        "  movups %xmm6, 96(%rsp); movups %xmm7, 112(%rsp)\n"
        "  mov 192(%rsp), %rdi; call trivet_find; mov %rax, %r11\n"
        "  movups (%rsp), %xmm0; movups 16(%rsp), %xmm1; movups 32(%rsp), %xmm2\n"
        "  movups 48(%rsp), %xmm3; movups 64(%rsp), %xmm4; movups 80(%rsp), %xmm5\n"
        "  movups 96(%rsp), %xmm6; movups 112(%rsp), %xmm7\n"
        "  add $136, %rsp\n"
        "  pop %r9; pop %r8; pop %rcx; pop %rdx; pop %rsi; pop %rdi; pop %rax\n"
        "  add $8, %rsp; jmp *%r11\n"
        ".hidden trivet_slots\n");
#define JUMP(name, i)                                                                              \
    __asm__(".text; .weak " name "; .type " name ", %function\n" name ": jmp *trivet_slots+8*" #i  \
            "(%rip)\n"                                                                             \
            "1: push $" #i "; jmp trivet_first\n"                                                  \
            ".data; .quad 1b\n");
#else
#error "no jump is written for this machine"
#endif
__asm__(".data; .balign 8; .globl trivet_slots\ntrivet_slots:\n");
