// SPDX-License-Identifier: Apache-2.0
// The dtype rules that rows of the op table name. Arguments: as many types as the row's arity.
#pragma once

#include "trivet/op.h"

namespace trivet::rules {

using Rule = Loop(const Op& op, const DType* args);

Rule numeric;         // promoted; no bool
Rule numeric_or_bool; // promoted; bool stays (add is or, multiply is and)
Rule ordered_number;  // promoted; neither bool nor complex
Rule ordered;         // promoted; no complex
Rule inexact;         // promoted; integers and bool become float64
Rule real_inexact;    // the same without complex
Rule magnitude;       // complex in, real out
Rule rounding;        // integers stay; no complex
Rule predicate;       // any type in, bool out
Rule real_predicate;  // the same without complex
Rule comparison;      // promoted, bool out; int64 with uint64 exact
Rule order;           // the same without complex
Rule logical;         // everything becomes bool
Rule bits;            // integers and bool, promoted
Rule integer;         // integers, promoted
Rule selection;       // the first becomes bool, the others are promoted
Rule accumulate;      // integers and bool become int64 or uint64
Rule count;           // bool in, int64 out
Rule position;        // any ordered type in, int64 out

} // namespace trivet::rules
