// SPDX-License-Identifier: Apache-2.0
// The operators of Array as raw slots of the type: no argument parsing, no allocation but the
// result's. A slot gets the array on either side.
#include "arguments.h"

#include "trivet/linalg.h"

#include <algorithm>
#include <array>

namespace trivet::python {
namespace {

PyObject* not_implemented() noexcept { return Py_NewRef(Py_NotImplemented); }

// An operand that asarray would take, or a number; anything else may know us itself.
bool is_operand(PyObject* object) {
    return is_array(object) || is_weak_scalar(object) || is_array_like(object) ||
           PyFloat_Check(object) || PyLong_Check(object) || PyComplex_Check(object);
}

// Elements of the result, or a bound of them.
std::int64_t work(const Array& a, const Array& b) noexcept {
    return a.shape() == b.shape() ? a.size() : std::max<std::int64_t>(a.size(), 1) * b.size();
}

template <OpId id> Array compute(const Array& a, const Array& b) {
    if constexpr (id == OpId::add) {
        return add(a, b);
    } else if constexpr (id == OpId::subtract) {
        return subtract(a, b);
    } else if constexpr (id == OpId::multiply) {
        return multiply(a, b);
    } else if constexpr (id == OpId::divide) {
        return divide(a, b);
    } else {
        const Array args[] = {a, b};
        return elementwise(op(id), args);
    }
}

template <OpId id> Array compute_unlocked(const Array& a, const Array& b) {
    const Unlocked unlocked(work(a, b));
    return compute<id>(a, b);
}

constexpr bool is_comparison(OpId id) noexcept {
    return id >= OpId::equal && id <= OpId::greater_equal;
}

// A Python integer outside the array's range raises, but compares (never equal), as in NumPy.
template <OpId id> Array operand(PyObject* object, DType beside) {
    if constexpr (is_comparison(id)) {
        try {
            return to_operand(object, beside);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::overflow) {
                throw;
            }
            const Scalar value = to_scalar(object, DType::float64);
            const auto* wide = std::get_if<double>(&value);
            return Array::scalar(value, wide != nullptr ? DType::float64
                                        : std::holds_alternative<std::uint64_t>(value)
                                            ? DType::uint64
                                            : DType::int64);
        }
    } else {
        return to_operand(object, beside);
    }
}

template <OpId id> PyObject* binary_mixed(PyObject* left, PyObject* right) {
    if (!is_operand(left) || !is_operand(right)) {
        return not_implemented();
    }
    if (is_array(left)) {
        const Array& a = array_of(left);
        return wrap(compute_unlocked<id>(a, operand<id>(right, a.dtype())));
    }
    const Array& b = array_of(right);
    return wrap(compute_unlocked<id>(operand<id>(left, b.dtype()), b));
}

template <OpId id> PyObject* binary(PyObject* left, PyObject* right) noexcept {
    return guarded([&] {
        if (is_array(left) && is_array(right)) {
            return wrap(compute_unlocked<id>(array_of(left), array_of(right)));
        }
        return binary_mixed<id>(left, right);
    });
}

template <OpId id> PyObject* inplace(PyObject* self, PyObject* other) noexcept {
    return guarded([&]() -> PyObject* {
        if (!is_operand(other)) {
            return not_implemented();
        }
        const Array& a = array_of(self);
        const Array args[] = {a, to_operand(other, a.dtype())};
        {
            const Unlocked unlocked(a.size());
            elementwise_into(op(id), args, a);
        }
        return Py_NewRef(self);
    });
}

template <OpId id> PyObject* unary(PyObject* self) noexcept {
    return guarded([&] {
        const std::span<const Array> args(&array_of(self), 1);
        Array result;
        {
            const Unlocked unlocked(args[0].size());
            result = elementwise(op(id), args);
        }
        return wrap(std::move(result));
    });
}

PyObject* power(PyObject* left, PyObject* right, PyObject* modulus) noexcept {
    if (modulus != Py_None) {
        return not_implemented();
    }
    return binary<OpId::pow>(left, right);
}

PyObject* inplace_power(PyObject* self, PyObject* other, PyObject*) noexcept {
    return inplace<OpId::pow>(self, other);
}

PyObject* divmod(PyObject* left, PyObject* right) noexcept {
    const auto quotient = nb::steal(binary<OpId::floor_divide>(left, right));
    if (!quotient.is_valid() || quotient.is(nb::handle(Py_NotImplemented))) {
        return nb::object(quotient).release().ptr();
    }
    const auto rest = nb::steal(binary<OpId::remainder>(left, right));
    return rest.is_valid() ? PyTuple_Pack(2, quotient.ptr(), rest.ptr()) : nullptr;
}

PyObject* matmul(PyObject* left, PyObject* right) noexcept {
    return guarded([&]() -> PyObject* {
        const auto usable = [](PyObject* o) { return is_array(o) || is_array_like(o); };
        if (!usable(left) || !usable(right)) {
            return not_implemented();
        }
        const Array a = to_array(left);
        const Array b = to_array(right);
        Array result;
        {
            const Unlocked unlocked(a.size() + b.size());
            result = linalg::matmul(a, b);
        }
        return wrap(std::move(result));
    });
}

PyObject* inplace_matmul(PyObject* self, PyObject* other) noexcept {
    return guarded([&]() -> PyObject* {
        if (!is_array(other) && !is_array_like(other)) {
            return not_implemented();
        }
        const Array& a = array_of(self);
        const Array b = to_array(other);
        {
            const Unlocked unlocked(a.size() + b.size());
            const Array product = linalg::matmul(a, b);
            if (!(product.shape() == a.shape())) {
                raise(ErrorKind::value, "matmul",
                      "the product must have the shape of the left side",
                      product.shape().text() + " for " + a.shape().text());
            }
            copy_into(product, a);
        }
        return Py_NewRef(self);
    });
}

PyObject* compare(PyObject* left, PyObject* right, int kind) noexcept {
    switch (kind) {
    case Py_LT:
        return binary<OpId::less>(left, right);
    case Py_LE:
        return binary<OpId::less_equal>(left, right);
    case Py_EQ:
        return binary<OpId::equal>(left, right);
    case Py_NE:
        return binary<OpId::not_equal>(left, right);
    case Py_GT:
        return binary<OpId::greater>(left, right);
    default:
        return binary<OpId::greater_equal>(left, right);
    }
}

template <class F> PyType_Slot slot(int id, F* function) {
    return {id, reinterpret_cast<void*>(function)};
}

} // namespace

std::span<const PyType_Slot> operator_slots() noexcept {
    using enum OpId;
    static const std::array table = {
        slot(Py_nb_add, binary<add>),
        slot(Py_nb_subtract, binary<subtract>),
        slot(Py_nb_multiply, binary<multiply>),
        slot(Py_nb_true_divide, binary<divide>),
        slot(Py_nb_floor_divide, binary<floor_divide>),
        slot(Py_nb_remainder, binary<remainder>),
        slot(Py_nb_divmod, divmod),
        slot(Py_nb_power, power),
        slot(Py_nb_and, binary<bitwise_and>),
        slot(Py_nb_or, binary<bitwise_or>),
        slot(Py_nb_xor, binary<bitwise_xor>),
        slot(Py_nb_lshift, binary<left_shift>),
        slot(Py_nb_rshift, binary<right_shift>),
        slot(Py_nb_matrix_multiply, matmul),
        slot(Py_nb_inplace_add, inplace<add>),
        slot(Py_nb_inplace_subtract, inplace<subtract>),
        slot(Py_nb_inplace_multiply, inplace<multiply>),
        slot(Py_nb_inplace_true_divide, inplace<divide>),
        slot(Py_nb_inplace_floor_divide, inplace<floor_divide>),
        slot(Py_nb_inplace_remainder, inplace<remainder>),
        slot(Py_nb_inplace_power, inplace_power),
        slot(Py_nb_inplace_and, inplace<bitwise_and>),
        slot(Py_nb_inplace_or, inplace<bitwise_or>),
        slot(Py_nb_inplace_xor, inplace<bitwise_xor>),
        slot(Py_nb_inplace_lshift, inplace<left_shift>),
        slot(Py_nb_inplace_rshift, inplace<right_shift>),
        slot(Py_nb_inplace_matrix_multiply, inplace_matmul),
        slot(Py_nb_negative, unary<negative>),
        slot(Py_nb_positive, unary<positive>),
        slot(Py_nb_absolute, unary<abs>),
        slot(Py_nb_invert, unary<bitwise_invert>),
        slot(Py_tp_richcompare, compare),
    };
    return table;
}

} // namespace trivet::python
