// SPDX-License-Identifier: Apache-2.0
#include "ops/type_rules.h"

#include "trivet/error.h"

#include <string>

namespace trivet::rules {
namespace {

Loop same_type(DType type) {
    return {.in = {type, type, type}, .out = type, .key = static_cast<int>(type)};
}

Loop with_result(Loop loop, DType out) {
    loop.out = out;
    return loop;
}

DType promoted(const Op& op, const DType* args) {
    DType type = args[0];
    for (int i = 1; i < op.arity; ++i) {
        type = promote(type, args[i]);
    }
    return type;
}

[[noreturn]] void refuse(const Op& op, std::string_view rule, const DType* args) {
    std::string got;
    for (int i = 0; i < op.arity; ++i) {
        got.append(i ? ", " : "").append(dtype_name(args[i]));
    }
    raise(ErrorKind::type, op.name, rule, got);
}

DType to_inexact(DType type) { return is_inexact(type) ? type : DType::float64; }

void refuse_bool(const Op& op, DType type, const DType* args) {
    if (type == DType::bool_) {
        refuse(op, "not defined for booleans", args);
    }
}

void refuse_complex(const Op& op, DType type, const DType* args) {
    if (is_complex(type)) {
        refuse(op, "not defined for complex numbers", args);
    }
}

// The kernel's slot for an int64 or smaller signed type with uint64, which no integer type holds.
int mixed_key(DType a, DType b) {
    const Kind first = kind_of(a);
    const Kind second = kind_of(b);
    if (first == Kind::signed_int && b == DType::uint64) {
        return kKeySignedUnsigned;
    }
    return a == DType::uint64 && second == Kind::signed_int ? kKeyUnsignedSigned : -1;
}

} // namespace

Loop numeric_or_bool(const Op& op, const DType* args) { return same_type(promoted(op, args)); }

Loop numeric(const Op& op, const DType* args) {
    const DType type = promoted(op, args);
    refuse_bool(op, type, args);
    return same_type(type);
}

Loop ordered(const Op& op, const DType* args) {
    const DType type = promoted(op, args);
    refuse_complex(op, type, args);
    return same_type(type);
}

Loop ordered_number(const Op& op, const DType* args) {
    const DType type = promoted(op, args);
    refuse_bool(op, type, args);
    refuse_complex(op, type, args);
    return same_type(type);
}

Loop inexact(const Op& op, const DType* args) { return same_type(to_inexact(promoted(op, args))); }

Loop real_inexact(const Op& op, const DType* args) {
    const DType type = to_inexact(promoted(op, args));
    refuse_complex(op, type, args);
    return same_type(type);
}

Loop magnitude(const Op& op, const DType* args) {
    return with_result(numeric_or_bool(op, args), real_type(args[0]));
}

Loop rounding(const Op& op, const DType* args) {
    refuse_complex(op, args[0], args);
    return same_type(args[0]);
}

Loop predicate(const Op&, const DType* args) {
    return with_result(same_type(args[0]), DType::bool_);
}

Loop real_predicate(const Op& op, const DType* args) {
    refuse_complex(op, args[0], args);
    return predicate(op, args);
}

Loop comparison(const Op& op, const DType* args) {
    if (const int key = mixed_key(args[0], args[1]); key >= 0) {
        const bool first = key == kKeySignedUnsigned;
        const DType a = first ? DType::int64 : DType::uint64;
        const DType b = first ? DType::uint64 : DType::int64;
        return {.in = {a, b, b}, .out = DType::bool_, .key = key};
    }
    return with_result(same_type(promoted(op, args)), DType::bool_);
}

Loop order(const Op& op, const DType* args) {
    refuse_complex(op, promoted(op, args), args);
    return comparison(op, args);
}

Loop logical(const Op&, const DType*) { return same_type(DType::bool_); }

Loop bits(const Op& op, const DType* args) {
    const DType type = promoted(op, args);
    if (is_inexact(type)) {
        refuse(op, "needs integers or booleans of types that one integer type holds", args);
    }
    return same_type(type);
}

Loop integer(const Op& op, const DType* args) {
    const DType type = promoted(op, args);
    if (!is_integer(type)) {
        refuse(op, "needs integers of types that one integer type holds", args);
    }
    return same_type(type);
}

Loop selection(const Op&, const DType* args) {
    const DType type = promote(args[1], args[2]);
    return {.in = {DType::bool_, type, type}, .out = type, .key = static_cast<int>(type)};
}

Loop accumulate(const Op&, const DType* args) {
    const DType given = args[0];
    const Kind kind = kind_of(given);
    return same_type(kind == Kind::unsigned_int                          ? DType::uint64
                     : kind == Kind::signed_int || kind == Kind::boolean ? DType::int64
                                                                         : given);
}

Loop count(const Op&, const DType*) { return with_result(same_type(DType::bool_), DType::int64); }

Loop position(const Op& op, const DType* args) {
    refuse_complex(op, args[0], args);
    return with_result(same_type(args[0]), DType::int64);
}

} // namespace trivet::rules
