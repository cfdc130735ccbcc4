// SPDX-License-Identifier: Apache-2.0
// Reductions, positions of extremes and running sums: as functions and as methods of Array.
#include "arguments.h"

namespace trivet::python {
namespace {

template <class Run> Array unlocked(const Array& a, const Run& run) {
    const Unlocked lock(a.size());
    return run();
}

Array reduce_call(const Op& row, const Array& a, AxisLike axis, DTypeLike dtype, bool keepdims) {
    const Axes axes = axis.axes();
    const auto wanted = dtype.optional();
    return unlocked(a, [&] { return reduce(row, a, axes, keepdims, wanted); });
}

// mean(dtype=...) and its like compute in that dtype.
Array as_wanted(const Array& a, DTypeLike dtype) {
    return astype(a, dtype.value_or(a.dtype()), false);
}

Array mean_call(const Array& a, AxisLike axis, DTypeLike dtype, bool keepdims) {
    const Axes axes = axis.axes();
    const Array x = as_wanted(a, dtype);
    return unlocked(x, [&] { return mean(x, axes, keepdims); });
}

using Spread = Array (*)(const Array&, const Axes&, double, bool);
Array spread_call(Spread spread, const Array& a, AxisLike axis, double correction, bool keepdims,
                  nb::handle ddof) {
    const Axes axes = axis.axes();
    const double freedom = ddof.is_none() ? correction : nb::cast<double>(ddof);
    return unlocked(a, [&] { return spread(a, axes, freedom, keepdims); });
}

Array arg_call(const Op& row, const Array& a, AxisLike axis, bool keepdims) {
    const auto one = axis.one();
    return unlocked(a, [&] { return arg_reduce(row, a, one, keepdims); });
}

// axis=None: the only axis; for more axes NumPy's cumsum flattens, the array API refuses.
Array scan_call(const Op& row, const Array& a, AxisLike axis, DTypeLike dtype, bool include_initial,
                bool flatten) {
    const auto one = axis.one();
    if (!one && a.ndim() != 1 && !flatten) {
        raise(ErrorKind::value, row.name, "axis is needed unless there is one axis",
              "shape " + a.shape().text());
    }
    const Array x = !one && a.ndim() != 1 ? reshape(a, Dims{-1}) : a;
    const auto wanted = dtype.optional();
    return unlocked(x, [&] { return scan(row, x, one.value_or(0), wanted, include_initial); });
}

// Binds one function to the module, taking anything, and to the class, as a method.
template <class Self, class Target> class Binder {
  public:
    explicit Binder(Target& target) : target_(target) {}

    void bind_all() {
        for (const char* name : {"sum", "prod"}) {
            typed(name, "dtype: DTypeLike | None = None, keepdims: bool = False");
        }
        for (const char* name : {"min", "max", "any", "all", "count_nonzero"}) {
            plain(name);
        }
        mean();
        spread("var", &trivet::var);
        spread("std", &trivet::std_dev);
        position("argmin");
        position("argmax");
        running("cumsum", "cumsum", true);
        running("cumprod", "cumprod", true);
        running("cumulative_sum", "cumsum", false);
        running("cumulative_prod", "cumprod", false);
    }

  private:
    static constexpr bool kMethod = std::is_same_v<Self, const Array&>;
    static const Array& get(const Array& self) { return self; }
    static Array get(ArrayLike x) { return x.array(); }

    [[nodiscard]] std::string sig(const char* name, std::string_view rest) const {
        return "def " + std::string(name) + (kMethod ? "(self, " : "(x: ArrayLike, /, ") +
               std::string(rest) + ") -> Array";
    }
    template <class F, class... Extra>
    void def(const char* name, const F& f, std::string_view rest, const char* doc,
             const Extra&... extra) {
        const std::string text = sig(name, rest);
        if constexpr (kMethod) {
            target_.def(name, f, extra..., nb::sig(text.c_str()), doc);
        } else {
            target_.def(name, f, nb::arg(), extra..., nb::sig(text.c_str()), doc);
        }
    }

    static constexpr const char* kAxes = "axis: int | Sequence[int] | None = None, *, ";

    void typed(const char* name, std::string_view rest) {
        const Op& row = op(std::string_view(name));
        def(
            name,
            [&row](Self x, AxisLike axis, DTypeLike dtype, bool keepdims) {
                return reduce_call(row, get(x), axis, dtype, keepdims);
            },
            kAxes + std::string(rest),
            "Over the axes; integers narrower than 64 bits are summed as int64 or uint64.",
            nb::arg("axis") = nb::none(), nb::kw_only(), nb::arg("dtype") = nb::none(),
            nb::arg("keepdims") = false);
    }
    void plain(const char* name) {
        const Op& row = op(std::string_view(name));
        def(
            name,
            [&row](Self x, AxisLike axis, bool keepdims) {
                return reduce_call(row, get(x), axis, {}, keepdims);
            },
            std::string(kAxes) + "keepdims: bool = False", "Over the axes; all of them by default.",
            nb::arg("axis") = nb::none(), nb::kw_only(), nb::arg("keepdims") = false);
    }
    void mean() {
        def(
            "mean",
            [](Self x, AxisLike axis, DTypeLike dtype, bool keepdims) {
                return mean_call(get(x), axis, dtype, keepdims);
            },
            std::string(kAxes) + "dtype: DTypeLike | None = None, keepdims: bool = False",
            "The arithmetic mean over the axes.", nb::arg("axis") = nb::none(), nb::kw_only(),
            nb::arg("dtype") = nb::none(), nb::arg("keepdims") = false);
    }
    void spread(const char* name, Spread function) {
        def(
            name,
            [function](Self x, AxisLike axis, double correction, bool keepdims, nb::handle ddof) {
                return spread_call(function, get(x), axis, correction, keepdims, ddof);
            },
            std::string(kAxes) +
                "correction: float = 0.0, keepdims: bool = False, ddof: float | None = None",
            "Over the axes; the divisor is the number of elements less `correction` (`ddof`).",
            nb::arg("axis") = nb::none(), nb::kw_only(), nb::arg("correction") = 0.0,
            nb::arg("keepdims") = false, nb::arg("ddof") = nb::none());
    }
    void position(const char* name) {
        const Op& row = op(std::string_view(name));
        def(
            name,
            [&row](Self x, AxisLike axis, bool keepdims) {
                return arg_call(row, get(x), axis, keepdims);
            },
            "axis: int | None = None, *, keepdims: bool = False",
            "The index of the first extreme along the axis; of the flattened array by default.",
            nb::arg("axis") = nb::none(), nb::kw_only(), nb::arg("keepdims") = false);
    }
    void running(const char* name, const char* op_name, bool flatten) {
        const Op& row = op(std::string_view(op_name));
        if (flatten) {
            def(
                name,
                [&row](Self x, AxisLike axis, DTypeLike dtype) {
                    return scan_call(row, get(x), axis, dtype, false, true);
                },
                "axis: int | None = None, *, dtype: DTypeLike | None = None",
                "Running over the axis; over the flattened array by default.",
                nb::arg("axis") = nb::none(), nb::kw_only(), nb::arg("dtype") = nb::none());
        } else if constexpr (!kMethod) {
            def(
                name,
                [&row](Self x, AxisLike axis, DTypeLike dtype, bool include_initial) {
                    return scan_call(row, get(x), axis, dtype, include_initial, false);
                },
                "*, axis: int | None = None, dtype: DTypeLike | None = None, include_initial: bool "
                "= False",
                "Running over the axis, after the neutral element when include_initial is set.",
                nb::kw_only(), nb::arg("axis") = nb::none(), nb::arg("dtype") = nb::none(),
                nb::arg("include_initial") = false);
        }
    }

    Target& target_;
};

} // namespace

void bind_reductions(nb::class_<Array>& type) {
    Binder<const Array&, nb::class_<Array>>(type).bind_all();
}

void init_reductions(nb::module_& m) { Binder<ArrayLike, nb::module_>(m).bind_all(); }

} // namespace trivet::python
