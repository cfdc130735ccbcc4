// SPDX-License-Identifier: Apache-2.0
// A backend whose table is not what it should be; provider.py puts the change into it.
#include "trivet/backend.h"

#include <dlfcn.h>

__attribute__((visibility("default"))) const trivet_backend *trivet_backend_entry(void) {
    static trivet_backend table;
    static trivet_routines_d d;
    void *inner = dlopen(INNER, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (inner == 0)
        return 0;
    table = *((trivet_backend_entry_function)dlsym(inner, TRIVET_BACKEND_ENTRY))();
    d = *table.d;
    table.d = &d;
    /* BODY */
    return &table;
}
