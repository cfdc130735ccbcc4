// SPDX-License-Identifier: Apache-2.0
// Activation functions that need an exponential; those that only compare are in select.cpp.
#include "kernels/fills.h"
#include "kernels/math_loops.h"

namespace trivet::TRIVET_ISA {
namespace {

TRIVET_MATH(Sigmoid, vsigmoid)
TRIVET_MATH(Silu, vsilu)
TRIVET_MATH(Gelu, vgelu)
TRIVET_MATH(GeluTanh, vgelu_tanh)
TRIVET_MATH(Softplus, vsoftplus)

struct Elu {
    template <class T> TRIVET_INLINE static T run(T x, T alpha) {
        const T low = alpha * vecmath::vexpm1(x > 0 ? T{0} : x);
        return x > 0 ? x : low;
    }
};

struct Selu {
    template <class T> TRIVET_INLINE static T run(T x) {
        constexpr T alpha = static_cast<T>(1.6732632423543772848170429916717);
        constexpr T scale = static_cast<T>(1.0507009873554804934193349852946);
        return scale * Elu::run(x, alpha);
    }
};

} // namespace

void fill_activations(KernelColumn& column) {
    put_math<Sigmoid>(column, OpId::sigmoid);
    put_math<Silu>(column, OpId::silu);
    put_math<Gelu>(column, OpId::gelu);
    put_math<GeluTanh>(column, OpId::gelu_tanh);
    put_math<Softplus>(column, OpId::softplus);
    put_math<Selu>(column, OpId::selu);
    put_math_binary<Elu>(column, OpId::elu);
}

} // namespace trivet::TRIVET_ISA
