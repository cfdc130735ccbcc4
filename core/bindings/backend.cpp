// SPDX-License-Identifier: Apache-2.0
// The BLAS backend in use, threads and the processor. Which backend to load is decided in Python
// (trivet/_backends.py), asked when the first function needs one.
#include "trivet/blas.h"
#include "trivet/cpu.h"
#include "trivet/thread.h"

#include "bindings.h"

#include <nanobind/stl/string.h>

namespace trivet::python {
namespace {

// Called by the core, with or without the interpreter's lock.
void resolve() {
    std::string problem;
    {
        const nb::gil_scoped_acquire lock;
        try {
            nb::module_::import_("trivet._backends").attr("load_best")();
        } catch (nb::python_error& error) {
            problem = nb::str(error.value()).c_str();
        }
    }
    if (!problem.empty()) {
        throw Error(ErrorKind::runtime, problem);
    }
}

nb::dict describe(const blas::BackendInfo& info) {
    nb::dict table;
    table["id"] = info.id;
    table["path"] = info.path;
    table["library"] = info.library;
    table["lapack_library"] = info.lapack_library;
    table["provider"] = info.provider;
    table["version"] = info.version;
    table["core"] = info.core;
    table["thread_layer"] = info.thread_layer;
    table["int_bits"] = info.int_bits;
    table["threads"] = info.threads;
    table["abi_version"] = info.abi_version;
    return table;
}

void set_all_threads(int count) {
    set_num_threads(count);
    if (blas::has_backend()) {
        blas::set_threads(count);
    }
}

} // namespace

void init_backend(nb::module_& m) {
    blas::set_resolver(&resolve);
    m.def("load", &blas::load_backend, nb::arg(), nb::sig("def load_backend(path: str, /) -> None"),
          "Opens a backend file and checks its ABI version; the first becomes the one in use.");
    m.def("use_backend", &blas::use_backend, nb::arg(),
          nb::sig("def use_backend(path: str, /) -> None"),
          "Chooses among the loaded backends, by path or id.");
    m.def("has_backend", &blas::has_backend, "Whether a backend is in use.");
    m.def(
        "current_backend", [] { return describe(blas::current()); },
        nb::sig("def current_backend() -> dict[str, Any]"),
        "What the backend in use says of itself.");
    m.def(
        "cpu_isa", [] { return std::string(isa_name()); }, nb::sig("def cpu_isa() -> str"),
        "The instruction set of the core's kernels here: baseline, avx2 or avx512.");
    m.def("get_num_threads", &num_threads, "Threads of the core's own kernels.");
    m.def("set_num_threads", &set_all_threads, nb::arg(),
          nb::sig("def set_num_threads(count: int, /) -> None"),
          "Sets the threads of the core and of the backend in use.");
}

} // namespace trivet::python
