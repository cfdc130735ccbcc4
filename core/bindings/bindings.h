// SPDX-License-Identifier: Apache-2.0
// What the files of the Python extension share: the init functions, and the way between Python
// objects and the values of the core.
#pragma once

#include "trivet/array.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <nanobind/nanobind.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::python {

namespace nb = nanobind;

void init_errors(nb::module_& m);
void init_dtype(nb::module_& m);
void init_dtype_info(nb::module_& m);
void init_array(nb::module_& m);
void init_elementwise(nb::module_& m);
void init_reductions(nb::module_& m);
void init_shapes(nb::module_& m);
void init_indexing(nb::module_& m);
void init_creation(nb::module_& m);
void init_linalg(nb::module_& m);
void init_dlpack(nb::module_& m);
void init_backend(nb::module_& m);

// --- errors.cpp: no C++ exception reaches the interpreter
// Turns the exception being handled into the Python error it stands for.
void set_python_error() noexcept;
[[noreturn]] void raise_python(); // throws the Python error that a C-API call has just set

// Runs `body` for a raw slot of the type: an exception becomes a Python error and `failed`.
template <class Body, class Result = PyObject*>
Result guarded(const Body& body, Result failed = nullptr) noexcept {
    try {
        return body();
    } catch (...) {
        set_python_error();
        return failed;
    }
}

// Kernels over this many elements run without the interpreter's lock.
inline constexpr std::int64_t kReleaseAbove = 1 << 15;
class Unlocked { // releases the lock for its own lifetime when the work is large
  public:
    explicit Unlocked(std::int64_t elements)
        : state_(elements > kReleaseAbove ? PyEval_SaveThread() : nullptr) {}
    Unlocked(const Unlocked&) = delete;
    Unlocked& operator=(const Unlocked&) = delete;
    ~Unlocked() {
        if (state_ != nullptr) {
            PyEval_RestoreThread(state_);
        }
    }

  private:
    PyThreadState* state_;
};

// --- dtype.cpp
[[nodiscard]] nb::object dtype_object(DType dtype);
[[nodiscard]] std::optional<DType> find_dtype(nb::handle object) noexcept; // nothing raised
[[nodiscard]] DType to_dtype(nb::handle object);                           // raises TypeError

// --- scalars.cpp: Python's own numbers are weak in promotion, everything else is not
[[nodiscard]] bool is_weak_scalar(PyObject* object) noexcept; // exactly bool, int, float, complex
// `beside`: an integer of more than 64 bits is good beside floating-point types only.
[[nodiscard]] Scalar to_scalar(PyObject* object, DType beside = DType::int64);
[[nodiscard]] nb::object from_scalar(const Scalar& value);

// --- array.cpp
[[nodiscard]] PyTypeObject* array_type() noexcept;
[[nodiscard]] inline bool is_array(PyObject* object) noexcept;
[[nodiscard]] inline const Array& array_of(PyObject* object) noexcept;
[[nodiscard]] PyObject* wrap(Array&& array); // a new reference

// --- convert.cpp
struct ConvertOptions {
    std::optional<DType> dtype = std::nullopt;
    std::optional<bool> copy = std::nullopt; // nullopt: only when it must be
};
[[nodiscard]] Array to_array(nb::handle object, const ConvertOptions& options = {});
[[nodiscard]] bool is_array_like(PyObject* object); // an operand that to_array takes
// An operand beside another: a Python number takes the other's type when its kind allows.
[[nodiscard]] Array to_operand(nb::handle object, DType beside);
// Operands of one function call; at least one may be strong. All weak: NumPy's default types.
[[nodiscard]] std::vector<Array> to_operands(const std::vector<nb::handle>& objects);

// --- nested.cpp, buffer.cpp, dlpack.cpp: the sources that convert.cpp tries
[[nodiscard]] Array from_nested(nb::handle sequence, std::optional<DType> dtype);
[[nodiscard]] std::optional<Array> from_buffer(nb::handle object, std::optional<bool> copy);
[[nodiscard]] std::optional<Array> from_array_interface(nb::handle object,
                                                        std::optional<bool> copy);
[[nodiscard]] Array from_dlpack_object(nb::handle object, std::optional<bool> copy);
[[nodiscard]] nb::object to_list(const Array& array);
[[nodiscard]] int buffer_get(PyObject* self, Py_buffer* view, int flags) noexcept;
[[nodiscard]] std::string_view buffer_format(DType dtype) noexcept; // empty: PEP 3118 has none
void release_owner(PyObject* owner) noexcept; // takes the lock; leaks after finalisation
// Borrowed memory of elements at `data` (first element) with byte strides; `owner` is kept alive.
[[nodiscard]] Array borrow(void* data, DType dtype, Dims shape, Dims strides, bool read_only,
                           std::function<void()> release);

// --- indexing.cpp
[[nodiscard]] PyObject* subscript(PyObject* self, PyObject* key) noexcept;
[[nodiscard]] int assign_subscript(PyObject* self, PyObject* key, PyObject* value) noexcept;
[[nodiscard]] PyObject* sequence_item(PyObject* self, Py_ssize_t i) noexcept;

// --- operators.cpp, methods.cpp, pickle.cpp: parts of the class Array
[[nodiscard]] std::span<const PyType_Slot> operator_slots() noexcept;
void bind_methods(nb::class_<Array>& type);
void bind_reductions(nb::class_<Array>& type);
void bind_dlpack(nb::class_<Array>& type);
void bind_pickle(nb::module_& m, nb::class_<Array>& type);

namespace detail {
extern PyTypeObject* array_type_object;
}
bool is_array(PyObject* object) noexcept { return Py_TYPE(object) == detail::array_type_object; }
const Array& array_of(PyObject* object) noexcept { return *nb::inst_ptr<Array>(object); }

} // namespace trivet::python
