# SPDX-License-Identifier: Apache-2.0
"""Write vecmath_f32.h and vecmath_f64.h: vecmath's polynomials, found by Remez exchange.

Run `python vecmath_fit.py FOLDER` (needs mpmath and numpy; under a minute), then clang-format.
The lowest degree that reaches the wanted error is taken;
each fit's interval, degree and error stand beside its coefficients.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mpmath as mp
import numpy as np

mp.mp.prec = 180
Real = Callable[[mp.mpf], mp.mpf]


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A function on [low, high]; `share`: the part of a fit's error in the result's."""

    name: str
    what: str
    low: mp.mpf
    high: mp.mpf
    function: Real
    share: Real


@dataclass(frozen=True, kw_only=True)
class Format:
    """One set of fits: the type it is evaluated in and log2 of the error it must stay below."""

    name: str
    what: str
    real: str
    digits: int
    log2_error: int
    exponent_bits: int
    fits: tuple[str, ...]
    goals: dict[str, int]
    constants: str
    quotients: bool = False
    rounds_last: bool = False


def series(direct: Real, first: list[mp.mpf], radius: str) -> Real:
    """Use the first Taylor coefficients near zero, where the closed form cancels."""

    def value(x: mp.mpf) -> mp.mpf:
        return mp.polyval(first[::-1], x) if abs(x) < mp.mpf(radius) else direct(x)

    return value


def odd_rest(f: Real, third: mp.mpf, fifth: mp.mpf) -> Real:
    """(f(sqrt z)/sqrt z - 1)/z for an odd f with f'(0) = 1."""
    return series(lambda z: (f(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, [third, fifth], "1e-16")


def erfcx(a: mp.mpf) -> mp.mpf:
    """e^(a^2) erfc(a), by its asymptotic series where the product would lose digits."""
    if a > 60:
        tail = sum((-1) ** k * mp.fac2(2 * k - 1) / (2 * a * a) ** k for k in range(9))
        return tail / (a * mp.sqrt(mp.pi))
    return mp.exp(a * a) * mp.erfc(a)


def erfcx_over_t(tau: mp.mpf) -> mp.mpf:
    """erfcx(a)/t with t = 1/(a + 2) and tau = 1 - 4t, a in [0, inf)."""
    t = (1 - tau) / 4
    return 1 / mp.sqrt(mp.pi) if t < mp.mpf("1e-20") else erfcx(1 / t - 2) / t


def make_fits() -> list[Fit]:
    """Return every fit; a result's leading terms are written out in the code and are not fitted."""
    half_ln2 = mp.log(2) / 2 * mp.mpf("1.0001")
    quarter = (mp.pi / 4 * mp.mpf("1.00001")) ** 2
    log_z = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mp.mpf("1.0001")
    root = mp.sqrt(2) * mp.mpf("1.00001")

    def exp_rest(r: mp.mpf) -> mp.mpf:
        return (mp.expm1(r) - r) / r**2

    def log_rest(z: mp.mpf) -> mp.mpf:
        s = mp.sqrt(z)
        return (2 * mp.atanh(s) - 2 * s) / (s * z)

    def sin_rest(z: mp.mpf) -> mp.mpf:
        r = mp.sqrt(z)
        return (mp.sin(r) - r) / (r * z)

    def cos_rest(z: mp.mpf) -> mp.mpf:
        return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2

    def m(*parts: int) -> mp.mpf:
        return mp.mpf(parts[0]) / parts[1]

    small = "1e-15"
    return [
        Fit(
            name="exp_rest",
            what="(e^r - 1 - r) / r^2",
            low=-half_ln2,
            high=half_ln2,
            function=series(exp_rest, [m(1, 2), m(1, 6), m(1, 24)], small),
            share=lambda r: abs(r) * abs(r / mp.expm1(r)) if r else mp.mpf(0),
        ),
        Fit(
            name="exp2_rest",
            what="(2^r - 1) / r",
            low=-m(1, 2),
            high=m(1, 2),
            function=series(
                lambda r: mp.expm1(r * mp.log(2)) / r, [mp.log(2), mp.log(2) ** 2 / 2], small
            ),
            share=lambda r: 2 ** (-r),
        ),
        Fit(
            name="log_rest",
            what="(log((1+s)/(1-s)) - 2s) / s^3, z = s^2",
            low=mp.mpf(0),
            high=log_z,
            function=series(log_rest, [m(2, 3), m(2, 5)], small),
            share=lambda z: z / 2,
        ),
        Fit(
            name="sin_rest",
            what="(sin r - r) / r^3, z = r^2",
            low=mp.mpf(0),
            high=quarter,
            function=series(sin_rest, [-m(1, 6), m(1, 120)], small),
            share=lambda z: z,
        ),
        Fit(
            name="cos_rest",
            what="(cos r - 1 + z/2) / z^2, z = r^2",
            low=mp.mpf(0),
            high=quarter,
            function=series(cos_rest, [m(1, 24), -m(1, 720)], "1e-10"),
            share=lambda z: z * z,
        ),
        Fit(
            name="asin_rest",
            what="(asin(v)/v - 1) / z, z = v^2",
            low=mp.mpf(0),
            high=m(1, 4),
            function=odd_rest(mp.asin, m(1, 6), m(3, 40)),
            share=lambda z: z,
        ),
        Fit(
            name="atan_rest",
            what="(atan(v)/v - 1) / z, z = v^2",
            low=mp.mpf(0),
            high=m(1, 4),
            function=odd_rest(mp.atan, -m(1, 3), m(1, 5)),
            share=lambda z: z,
        ),
        Fit(
            name="erf_ratio",
            what="erf(v)/v, z = v^2",
            low=mp.mpf(0),
            high=m(9, 16),
            function=series(
                lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z),
                [2 / mp.sqrt(mp.pi), -2 / mp.sqrt(mp.pi) / 3],
                small,
            ),
            share=lambda z: mp.mpf(1),
        ),
        Fit(
            name="erfcx_ratio",
            what="erfcx(a)/t, t = 1/(a+2), tau = 1 - 4t",
            low=-mp.mpf(1),
            high=mp.mpf(1),
            function=erfcx_over_t,
            share=lambda tau: 1 / erfcx_over_t(tau),
        ),
        Fit(
            name="cbrt_inverse",
            what="m^(-1/3)",
            low=1 / root,
            high=root,
            function=lambda x: 1 / mp.cbrt(x),
            share=mp.cbrt,
        ),
    ]


def remez(fit: Fit, degree: int) -> tuple[list[mp.mpf], mp.mpf]:
    """Return the minimax coefficients, lowest power first, and the largest error on the grid."""
    count = 24 * (degree + 2)
    middle, radius = (fit.high + fit.low) / 2, (fit.high - fit.low) / 2
    grid = [middle - radius * mp.cos(mp.pi * (k + mp.mpf(1) / 2) / count) for k in range(count)]
    value = [fit.function(x) for x in grid]
    share = [fit.share(x) for x in grid]
    at = [(2 * k + 1) * count // (2 * (degree + 2)) for k in range(degree + 2)]
    coefficients: list[mp.mpf] = []
    worst = mp.mpf(0)
    for _ in range(12):
        system = mp.matrix(degree + 2, degree + 2)
        right = mp.matrix(degree + 2, 1)
        for row, k in enumerate(at):
            for column in range(degree + 1):
                system[row, column] = grid[k] ** column
            system[row, degree + 1] = (-1) ** row / max(share[k], mp.mpf("1e-30"))
            right[row] = value[k]
        coefficients = list(mp.lu_solve(system, right))[: degree + 1]
        error = [
            (mp.polyval(coefficients[::-1], x) - v) * s
            for x, v, s in zip(grid, value, share, strict=True)
        ]
        worst = max(abs(e) for e in error)
        at = alternation(error, degree + 2)
        if worst < min(abs(error[k]) for k in at) * mp.mpf("1.02"):
            break
    return coefficients, worst


def rational_remez(f: Real, high: mp.mpf, top: int) -> tuple[list[mp.mpf], list[mp.mpf], mp.mpf]:
    """Fit f on [0, high] by a quotient of degrees top and top + 1, in relative error.

    The equations N(x) = f(x) (1 +- E) D(x) are linear but for E D; that product is iterated.
    """
    unknowns = 2 * top + 3
    count = 16 * unknowns
    edge = (high - 2) / (high + 2)
    place = [
        (edge - 1) / 2 - (edge + 1) / 2 * mp.cos(mp.pi * k / (count - 1)) for k in range(count)
    ]
    grid = [2 * (1 + u) / (1 - u) for u in place]
    value = [f(x) for x in grid]
    at = [round((count - 1) * k / (unknowns - 1)) for k in range(unknowns)]
    upper, lower, level = [mp.mpf(1)], [mp.mpf(1)], mp.mpf(0)
    worst = mp.mpf(0)
    for _ in range(25):
        for _ in range(6):
            system = mp.matrix(unknowns, unknowns)
            right = mp.matrix(unknowns, 1)
            for row, k in enumerate(at):
                x, sign = grid[k], (-1) ** row
                right[row] = value[k] * (1 + sign * level)
                for power in range(top + 1):
                    system[row, power] = x**power
                for power in range(1, top + 2):
                    system[row, top + power] = -right[row] * x**power
                system[row, unknowns - 1] = -value[k] * sign * mp.polyval(lower[::-1], x)
            solution = list(mp.lu_solve(system, right))
            upper, lower = solution[: top + 1], [mp.mpf(1), *solution[top + 1 : -1]]
            level += solution[-1]
        error = [
            mp.polyval(upper[::-1], x) / mp.polyval(lower[::-1], x) / v - 1
            for x, v in zip(grid, value, strict=True)
        ]
        worst = max(abs(e) for e in error)
        at = alternation(error, unknowns)
        if worst < min(abs(error[k]) for k in at) * mp.mpf("1.02"):
            break
    return upper, lower, worst


def float_scale(fit: Fit, upper: list[mp.mpf], lower: list[mp.mpf]) -> mp.mpf:
    """Return the factor of both polynomials with which their evaluation in float errs least."""
    x = np.linspace(0, float(fit.high), 1500).astype(np.float32).astype(np.float64)
    value = np.array([float(fit.function(mp.mpf(a))) for a in x])

    def horner(part: list[mp.mpf], scale: mp.mpf) -> np.ndarray:
        rows = [float(rounded(c * scale, 24)) for c in part]
        total = np.full_like(x, rows[-1])
        for c in rows[-2::-1]:
            total = (c + x * total).astype(np.float32).astype(np.float64)
        return total

    def error(scale: mp.mpf) -> float:
        return float(np.max(np.abs(horner(upper, scale) / horner(lower, scale) / value - 1)))

    return min((1 + mp.mpf(k) / 3000 for k in range(3000)), key=error)


def alternation(error: list[mp.mpf], wanted: int) -> list[int]:
    """Return the peaks of the runs of equal sign, the smaller ends dropped."""
    peaks: list[int] = []
    for k, e in enumerate(error):
        if peaks and mp.sign(error[peaks[-1]]) == mp.sign(e):
            if abs(e) > abs(error[peaks[-1]]):
                peaks[-1] = k
        else:
            peaks.append(k)
    while len(peaks) > wanted:
        peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
    if len(peaks) < wanted:
        msg = f"alternation lost: {len(peaks)} of {wanted} peaks; raise the working precision"
        raise ArithmeticError(msg)
    return peaks


def rounded(x: mp.mpf, bits: int) -> mp.mpf:
    """Round to `bits` significant bits."""
    if x == 0:
        return x
    scale = mp.mpf(2) ** (bits - 1 - mp.floor(mp.log(abs(x), 2)))
    return mp.nint(x * scale) / scale


def literal(x: mp.mpf, kind: Format) -> str:
    """Write a number as a hexadecimal literal of the format's type."""
    if kind.real == "float":
        return shortened(struct.unpack("f", struct.pack("f", float(x)))[0].hex()) + "F"
    return shortened(float(x).hex())


def shortened(text: str) -> str:
    """Drop the trailing zeros of a hexadecimal number."""
    digits, exponent = text.split("p")
    return f"{digits.rstrip('0').rstrip('.')}p{exponent}"


def constants(kind: Format) -> dict[str, mp.mpf]:
    """Return constants in parts; a short part times an exponent or a quadrant is exact."""
    ln2, pi2 = mp.log(2), mp.pi / 2
    short = kind.digits - kind.exponent_bits
    rows = {"log2e": 1 / ln2, "ln2_hi": rounded(ln2, short), "ln2_lo": ln2 - rounded(ln2, short)}
    for name, x in (
        ("log2e_parts", 1 / ln2),
        ("log10e_parts", mp.log10(mp.e)),
        ("pi4", mp.pi / 4),
        ("log10_2", mp.log10(2)),
        ("gelu_cubic", 2 * mp.sqrt(2 / mp.pi) * mp.mpf("0.044715")),
        ("gelu_linear", 2 * mp.sqrt(2 / mp.pi)),
    ):
        bits = {"log10_2": short, "pi4": kind.digits - 3}.get(name, kind.digits // 2)
        rows[f"{name}_hi"] = rounded(x, bits)
        rows[f"{name}_lo"] = x - rows[f"{name}_hi"]
    rows["two_over_pi"] = 1 / pi2
    rest = pi2
    for part in range(1, 4):
        rows[f"pi2_{part}"] = rounded(rest, 33 if kind.digits == 53 else 12)
        rest -= rows[f"pi2_{part}"]
    rows["pi2_4"] = rest
    return rows


QUOTIENTS = (
    Fit(
        name="erfcx",
        what="e^(a^2) erfc(a)",
        low=mp.mpf(0),
        high=mp.mpf("10.6"),
        function=erfcx,
        share=lambda a: 1 / erfcx(a),
    ),
    Fit(
        name="mills",
        what="e^(a^2/2) erfc(a / sqrt 2) / 2",
        low=mp.mpf(0),
        high=mp.mpf("15.1"),
        function=lambda a: erfcx(a * mp.sqrt(mp.mpf(1) / 2)) / 2,
        share=lambda a: 1 / erfcx(a),
    ),
)
SMOOTH = (
    "exp_rest",
    "exp2_rest",
    "log_rest",
    "sin_rest",
    "cos_rest",
    "asin_rest",
    "atan_rest",
    "cbrt_inverse",
)
FORMATS = {
    "vecmath_f32.h": [
        Format(
            name="Single",
            what="float evaluated in float",
            real="float",
            digits=24,
            log2_error=-26,
            exponent_bits=9,
            fits=("exp_rest", "exp2_rest", "log_rest", "erf_ratio", "erfcx_ratio"),
            goals={"exp_rest": -28},
            quotients=True,
            constants="lg",
        ),
        Format(
            name="Wide",
            what="float evaluated in double, short fits",
            real="double",
            digits=53,
            log2_error=-30,
            exponent_bits=12,
            fits=SMOOTH,
            # pow multiplies the error of a logarithm by 150; cbrt_inverse is a first guess.
            goals={"log_rest": -38, "cbrt_inverse": -11},
            constants="lpgt",
            rounds_last=True,
        ),
    ],
    "vecmath_f64.h": [
        Format(
            name="Double",
            what="double",
            real="double",
            digits=53,
            log2_error=-56,
            exponent_bits=12,
            fits=(*SMOOTH, "erf_ratio", "erfcx_ratio"),
            goals={"cbrt_inverse": -19},
            constants="lpgt",
        ),
    ],
}


def struct_text(kind: Format) -> str:
    """Return the C++ struct of one format."""
    lines = [
        f"/// {kind.what}",
        f"struct {kind.name} {{",
        f"    using Real = {kind.real};",
        f"    static constexpr bool rounds_last = {str(kind.rounds_last).lower()}; ///< results go to float",  # noqa: E501
    ]
    for name, x in constants(kind).items():
        if name[0] not in kind.constants:
            continue
        lines.append(f"    static constexpr Real {name} = {literal(x, kind)};")
    for fit in make_fits():
        if fit.name not in kind.fits:
            continue
        goal = kind.goals.get(fit.name, kind.log2_error)
        for degree in range(1, 30):
            coefficients, worst = remez(fit, degree)
            if mp.log(worst, 2) < goal:
                break
        low, high = mp.nstr(fit.low, 5), mp.nstr(fit.high, 5)
        lines += [
            "",
            f"    /// {fit.what}; [{low}, {high}], degree {degree}, error 2^{mp.nstr(mp.log(worst, 2), 4)}",  # noqa: E501
            f"    TRIVET_VECMATH Real {fit.name}(Real x) {{",
            "        return poly(x",
        ]
        lines[-1] += "".join(f", {literal(c, kind)}" for c in coefficients) + ");"
        lines.append("    }")
        print(kind.name, fit.name, degree, mp.nstr(mp.log(worst, 2), 5), flush=True)
    for quotient in QUOTIENTS if kind.quotients else ():
        upper, lower, worst = rational_remez(quotient.function, quotient.high, 4)
        error = mp.nstr(mp.log(worst, 2), 4)
        scale = float_scale(quotient, upper, lower)
        upper, lower = [c * scale for c in upper], [c * scale for c in lower]
        for name, what, part in (("top", "numerator", upper), ("bottom", "denominator", lower)):
            lines += [
                "",
                f"    /// {quotient.what}, {what}; [0, {mp.nstr(quotient.high, 4)}], "
                f"degree {len(part) - 1}, error 2^{error}",
                f"    TRIVET_VECMATH Real {quotient.name}_{name}(Real x) {{",
                "        return poly(x" + "".join(f", {literal(c, kind)}" for c in part) + ");",
                "    }",
            ]
    return "\n".join([*lines, "};"])


def main(folder: Path) -> None:
    """Write the two headers into `folder`; clang-format them afterwards."""
    for file, kinds in FORMATS.items():
        body = "\n\n".join(struct_text(kind) for kind in kinds)
        (folder / file).write_text(
            "// SPDX-License-Identifier: Apache-2.0\n"
            "// Written by vecmath_fit.py (Remez exchange); change it there.\n"
            "// Errors are relative to the function's result.\n"
            '#pragma once\n\n#include "vecmath_bits.h"\n\nnamespace trivet::TRIVET_ISA::vecmath {\n\n'  # noqa: E501
            f"{body}\n\n}} // namespace trivet::TRIVET_ISA::vecmath\n"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
