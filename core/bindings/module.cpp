// SPDX-License-Identifier: Apache-2.0
// The entry of trivet._core: one init function for each topic.
#include "bindings.h"

NB_MODULE(_core, m) {
    using namespace trivet::python;
    m.doc() = "The compiled part of Trivet; use it through `import trivet`.";
#ifdef NDEBUG
    nb::set_leak_warnings(false); // what a program holds at its end is not the user's concern
#endif
    init_errors(m);
    init_dtype(m);
    init_array(m);
    init_dtype_info(m);
    init_creation(m);
    init_elementwise(m);
    init_reductions(m);
    init_shapes(m);
    init_indexing(m);
    init_linalg(m);
    init_dlpack(m);
    init_backend(m);
}
