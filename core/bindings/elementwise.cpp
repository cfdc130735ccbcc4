// SPDX-License-Identifier: Apache-2.0
// The element-wise functions: one for each row of the op table, and the few with a signature of
// their own.
#include "arguments.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace trivet::python {
namespace {

using Handles = std::vector<nb::handle>;

// Elements of the result, or a bound of them: small work keeps the lock.
std::int64_t work(std::span<const Array> args) noexcept {
    std::int64_t bound = args[0].size();
    for (const Array& arg : args.subspan(1)) {
        if (!(arg.shape() == args[0].shape())) {
            bound = bound > kReleaseAbove ? bound : bound * std::max<std::int64_t>(arg.size(), 1);
        }
    }
    return bound;
}

void cast_operands(const Op& op, std::vector<Array>& args, DType dtype) {
    for (Array& arg : args) {
        if (!can_cast_same_kind(arg.dtype(), dtype)) {
            raise(ErrorKind::type, op.name, "arguments must cast to dtype by the rule same_kind",
                  std::string(dtype_name(arg.dtype())) + " for " + std::string(dtype_name(dtype)));
        }
        arg = astype(arg, dtype, false);
    }
}

nb::object finish(const Op& op, std::vector<Array>& args, OutLike out, DTypeLike dtype) {
    if (const auto wanted = dtype.optional()) {
        cast_operands(op, args, *wanted);
    }
    if (out.given()) {
        const Array& place = out.array(op.name);
        const Unlocked unlocked(work(args));
        elementwise_into(op, args, place);
        return nb::borrow(out.object);
    }
    Array result;
    {
        const Unlocked unlocked(work(args));
        result = elementwise(op, args);
    }
    return nb::steal(wrap(std::move(result)));
}

nb::object call(const Op& op, const Handles& arguments, OutLike out, DTypeLike dtype) {
    std::vector<Array> args = to_operands(arguments);
    return finish(op, args, out, dtype);
}

std::string doc_of(std::string_view name) {
    return "Element-wise " + std::string(name) + "; `out` is an Array that takes the result.";
}

constexpr const char* kTail =
    ", /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array";

void bind_unary(nb::module_& m, const Op& row) {
    const std::string name(row.name);
    const std::string sig = "def " + name + "(x: ArrayLike" + kTail;
    m.def(
        name.c_str(),
        [&row](nb::handle x, OutLike out, DTypeLike dtype) { return call(row, {x}, out, dtype); },
        nb::arg(), nb::kw_only(), nb::arg("out") = nb::none(), nb::arg("dtype") = nb::none(),
        nb::sig(sig.c_str()), doc_of(row.name).c_str());
}

void bind_binary(nb::module_& m, const Op& row) {
    const std::string name(row.name);
    const std::string sig = "def " + name + "(x1: ArrayLike, x2: ArrayLike" + kTail;
    m.def(
        name.c_str(),
        [&row](nb::handle a, nb::handle b, OutLike out, DTypeLike dtype) {
            return call(row, {a, b}, out, dtype);
        },
        nb::arg(), nb::arg(), nb::kw_only(), nb::arg("out") = nb::none(),
        nb::arg("dtype") = nb::none(), nb::sig(sig.c_str()), doc_of(row.name).c_str());
}

void bind_ternary(nb::module_& m, const Op& row) {
    const std::string name(row.name);
    const std::string sig = "def " + name + "(x1: ArrayLike, x2: ArrayLike, x3: ArrayLike" + kTail;
    m.def(
        name.c_str(),
        [&row](nb::handle a, nb::handle b, nb::handle c, OutLike out, DTypeLike dtype) {
            return call(row, {a, b, c}, out, dtype);
        },
        nb::arg(), nb::arg(), nb::arg(), nb::kw_only(), nb::arg("out") = nb::none(),
        nb::arg("dtype") = nb::none(), nb::sig(sig.c_str()), doc_of(row.name).c_str());
}

// elu(x, alpha=1), leaky_relu(x, slope=0.01): a row of two arguments, the second a parameter.
void bind_parametric(nb::module_& m, const Op& row, const char* parameter, double value) {
    const std::string name(row.name);
    const std::string sig = "def " + name + "(x: ArrayLike, /, " + parameter +
                            ": float = " + std::string(nb::repr(nb::float_(value)).c_str()) +
                            ", *, out: Array | None = None) -> Array";
    m.def(
        name.c_str(),
        [&row](nb::handle x, nb::handle p, OutLike out) { return call(row, {x, p}, out, {}); },
        nb::arg(), nb::arg(parameter) = nb::float_(value), nb::kw_only(),
        nb::arg("out") = nb::none(), nb::sig(sig.c_str()), doc_of(row.name).c_str());
}

nb::object clip_call(nb::handle x, nb::handle low, nb::handle high, OutLike out) {
    if (low.is_none() && high.is_none()) {
        Array same = copy(to_array(x));
        if (!out.given()) {
            return nb::steal(wrap(std::move(same)));
        }
        copy_into(same, out.array("clip"));
        return nb::borrow(out.object);
    }
    if (low.is_none()) {
        return call(op(OpId::minimum), {x, high}, out, {});
    }
    return high.is_none() ? call(op(OpId::maximum), {x, low}, out, {})
                          : call(op(OpId::clip), {x, low, high}, out, {});
}

Array where_call(nb::handle condition, nb::handle x1, nb::handle x2) {
    const std::vector<Array> args = to_operands({x1, x2});
    const Array chooser = to_array(condition, {.dtype = DType::bool_});
    const Unlocked unlocked(chooser.size() + args[0].size() + args[1].size());
    return where(chooser, args[0], args[1]);
}

nb::object round_call(nb::handle x, int decimals, OutLike out) {
    if (decimals == 0) {
        return call(op(OpId::round), {x}, out, {});
    }
    const Array array = to_array(x);
    if (!is_inexact(array.dtype()) && decimals > 0) {
        return call(op(OpId::round), {x}, out, {});
    }
    const double factor = std::pow(10.0, std::abs(decimals));
    const nb::float_ scale(factor);
    const nb::object scaled =
        call(op(decimals > 0 ? OpId::multiply : OpId::divide), {x, scale}, {}, {});
    const nb::object whole = call(op(OpId::round), {scaled}, {}, {});
    const nb::object result =
        call(op(decimals > 0 ? OpId::divide : OpId::multiply), {whole, scale}, {}, {});
    return nb::steal(wrap(astype(array_of(result.ptr()), array.dtype(), false)));
}

void bind_special(nb::module_& m) {
    m.def("clip", &clip_call, nb::arg(), nb::arg("min") = nb::none(), nb::arg("max") = nb::none(),
          nb::kw_only(), nb::arg("out") = nb::none(),
          nb::sig("def clip(x: ArrayLike, /, min: ArrayLike | None = None, max: ArrayLike | None = "
                  "None, *, out: Array | None = None) -> Array"),
          "Element-wise `minimum(maximum(x, min), max)`; None leaves that side open.");
    m.def(
        "where", [](ArrayLike condition) { return to_tuple(nonzero(condition.array())); },
        nb::arg(), nb::sig("def where(condition: ArrayLike, /) -> tuple[Array, ...]"),
        "The same as nonzero(condition).");
    m.def("where", &where_call, nb::arg(), nb::arg(), nb::arg(),
          nb::sig("def where(condition: ArrayLike, x1: ArrayLike, x2: ArrayLike, /) -> Array"),
          "Element-wise x1 where the condition holds, x2 elsewhere.");
    m.def(
        "round", &round_call, nb::arg(), nb::arg("decimals") = 0, nb::kw_only(),
        nb::arg("out") = nb::none(),
        nb::sig(
            "def round(x: ArrayLike, /, decimals: int = 0, *, out: Array | None = None) -> Array"),
        "Element-wise rounding to the nearest; halves go to even.");
    const auto part = [&m](const char* name, Array (*view)(const Array&)) {
        const std::string sig = std::string("def ") + name + "(x: ArrayLike, /) -> Array";
        m.def(
            name, [view](ArrayLike x) { return view(x.array()); }, nb::arg(), nb::sig(sig.c_str()),
            "That part of each element; a view of a complex array.");
    };
    part("real", &real);
    part("imag", &imag);
}

void bind_row(nb::module_& m, const Op& row) {
    switch (row.id) {
    case OpId::clip:
    case OpId::where:
    case OpId::round:
        return; // bind_special
    case OpId::elu:
        return bind_parametric(m, row, "alpha", 1.0);
    case OpId::leaky_relu:
        return bind_parametric(m, row, "slope", 0.01);
    default:
        break;
    }
    if (row.arity == 1) {
        bind_unary(m, row);
    } else if (row.arity == 2) {
        bind_binary(m, row);
    } else {
        bind_ternary(m, row);
    }
}

// The array API's and NumPy's other names.
constexpr std::array<const char*, 2> kAliases[] = {
    {"bitwise_left_shift", "left_shift"},
    {"bitwise_right_shift", "right_shift"},
    {"absolute", "abs"},
    {"power", "pow"},
    {"mod", "remainder"},
    {"true_divide", "divide"},
    {"invert", "bitwise_invert"},
    {"conjugate", "conj"},
};

} // namespace

void init_elementwise(nb::module_& m) {
    m.def(
        "_op_table",
        [] {
            nb::list rows;
            for (const Op& row : op_table()) {
                rows.append(nb::make_tuple(nb::str(row.name.data(), row.name.size()),
                                           static_cast<int>(row.op_class), int{row.arity}));
            }
            return rows;
        },
        "Name, class and number of arguments of every operation, for the tests.");
    for (const Op& row : op_table()) {
        if (row.op_class == OpClass::elementwise) {
            bind_row(m, row);
        }
    }
    bind_special(m);
    for (const auto& [alias, name] : kAliases) {
        m.attr(alias) = m.attr(name);
    }
}

} // namespace trivet::python
