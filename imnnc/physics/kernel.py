"""Compiled loops of the equilibrium solver; importing this fails where numba is not installed.

`settle` solves the balance of every inverter of every sample, `settle_bent` that of inverters whose
loads are hyperbolic sines, `settle_apart` that of inverters whose gates are apart, `guess` finds
where to begin, `value` reads a spline.  All work on float64 arrays (rows, samples) in place, rows
spread over the processor's cores.  What they compute is documented where they are called, in
`imnnc.physics.settle` and `imnnc.physics.mismatch`.  What goes over rows and samples is an argument
of each, so that `imnnc.physics.cuda_kernel` has the same loops for a GPU.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numba


def _settle(rows: Any, samples: Any = range, bent: bool = False) -> Any:
    # `bent` is a constant to the compiler: neither loop pays for the other.
    def settle(
        table: Any,
        low: float,
        inverse_step: float,
        margin: int,
        rail: float,
        v_in: Any,
        g: Any,
        emf: Any,
        v_out: Any,
        steps: int,
        settled: float,
        to_emf: Any,
        to_input: Any,
        up: Any,
        across: Any,
        per_volt: Any,
    ) -> None:
        """Newton steps from `v_out` on I(v_in, v) = g (v - emf) + L(v), within the rails.

        L is 0, or the sum of (`across` sinh(b v) - `up` cosh(b v)) / b over all b in `per_volt`;
        `to_emf` are the slopes to emf, or those to amperes.
        """
        first, last = margin, table.shape[0] - 2 - margin
        for row in rows(v_in.shape[0]):
            load = g[row]
            for sample in samples(v_in.shape[1]):
                x = (v_in[row, sample] - low) * inverse_step
                cell = min(max(int(x), first), last)
                t = min(max(x - cell, 0.0), 1.0)
                s = 1 - t
                # Weights of the four coefficients in reach along V_in, and their derivatives.
                x0, x1 = s * s * s / 6, (4 - 6 * t * t + 3 * t * t * t) / 6
                x2, x3 = (4 - 6 * s * s + 3 * s * s * s) / 6, t * t * t / 6
                d0, d1 = -s * s / 2, (3 * t * t - 4 * t) / 2
                d2, d3 = (4 * s - 3 * s * s) / 2, t * t / 2
                e, v = emf[row, sample], v_out[row, sample]
                below, above = -rail, rail
                slope, fall = -1.0, load
                held, u = -1, 0.0
                k0 = k1 = k2 = k3 = 0.0
                for _ in range(steps):
                    y = (v - low) * inverse_step
                    other = min(max(int(y), first), last)
                    u = min(max(y - other, 0.0), 1.0)
                    # V_in stands still, and v soon stays in its cell: a cubic, there.
                    if other != held:
                        held, m = other, other - 1
                        b0, b1, b2, b3 = 0.0, 0.0, 0.0, 0.0
                        for j in range(4):
                            weight = x0 if j == 0 else x1 if j == 1 else x2 if j == 2 else x3
                            b0 += weight * table[cell - 1 + j, m]
                            b1 += weight * table[cell - 1 + j, m + 1]
                            b2 += weight * table[cell - 1 + j, m + 2]
                            b3 += weight * table[cell - 1 + j, m + 3]
                        k0, k1 = (b0 + 4 * b1 + b2) / 6, (b2 - b0) / 2
                        k2, k3 = (b0 - 2 * b1 + b2) / 2, (b3 - b0 + 3 * (b1 - b2)) / 6
                    current = k0 + u * (k1 + u * (k2 + u * k3))
                    slope = (k1 + u * (2 * k2 + u * 3 * k3)) * inverse_step
                    balance = current - load * (v - e)
                    fall = load
                    if bent:
                        for k in range(per_volt.shape[0]):
                            b = per_volt[k]
                            grown = math.exp(b * v)
                            sine, cosine = (grown - 1 / grown) / 2, (grown + 1 / grown) / 2
                            a, o = across[k, row, sample], up[k, row, sample]
                            balance -= (a * sine - o * cosine) / b
                            fall += a * cosine - o * sine
                    # The balance falls with v: its root is above where it is positive.
                    if balance > 0:
                        below = v
                    else:
                        above = v
                    following = v + balance / max(fall - slope, 1e-15)
                    if not below <= following <= above:
                        following = (below + above) / 2
                    moved = abs(following - v)
                    v = following
                    if moved < settled:
                        break
                # The slope along V_in, at the last point that was looked at.
                w, m = 1 - u, held - 1
                y0, y1 = w * w * w / 6, (4 - 6 * u * u + 3 * u * u * u) / 6
                y2, y3 = (4 - 6 * w * w + 3 * w * w * w) / 6, u * u * u / 6
                rise = 0.0
                for j in range(4):
                    tilt = d0 if j == 0 else d1 if j == 1 else d2 if j == 2 else d3
                    p0, p1 = table[cell - 1 + j, m], table[cell - 1 + j, m + 1]
                    p2, p3 = table[cell - 1 + j, m + 2], table[cell - 1 + j, m + 3]
                    rise += tilt * (p0 * y0 + p1 * y1 + p2 * y2 + p3 * y3)
                rise *= inverse_step
                v_out[row, sample] = v
                conductance = max(fall - slope, 1e-15)
                to_emf[row, sample] = (1.0 if bent else load) / conductance
                to_input[row, sample] = rise / conductance

    return settle


def _settle_apart(rows: Any, samples: Any = range, bent: bool = False) -> Any:
    def settle_apart(
        pull_up: Any,
        pull_down: Any,
        gate_low: float,
        low: float,
        inverse_step: float,
        margin: int,
        rail: float,
        v_up: Any,
        v_down: Any,
        g: Any,
        emf: Any,
        v_out: Any,
        steps: int,
        settled: float,
        to_emf: Any,
        to_input: Any,
        lift: Any,
        across: Any,
        per_volt: Any,
    ) -> None:
        """The same where the gates of the two transistors are at voltages of their own.

        `lift` is what `up` is there.
        """
        gates_last = pull_up.shape[0] - 2 - margin
        last = pull_up.shape[1] - 2 - margin
        for row in rows(v_up.shape[0]):
            load = g[row]
            for sample in samples(v_up.shape[1]):
                x = (v_up[row, sample] - gate_low) * inverse_step
                up = min(max(int(x), margin), gates_last)
                t = min(max(x - up, 0.0), 1.0)
                s = 1 - t
                p0, p1 = s * s * s / 6, (4 - 6 * t * t + 3 * t * t * t) / 6
                p2, p3 = (4 - 6 * s * s + 3 * s * s * s) / 6, t * t * t / 6
                f0, f1 = -s * s / 2, (3 * t * t - 4 * t) / 2
                f2, f3 = (4 * s - 3 * s * s) / 2, t * t / 2
                x = (v_down[row, sample] - gate_low) * inverse_step
                down = min(max(int(x), margin), gates_last)
                t = min(max(x - down, 0.0), 1.0)
                s = 1 - t
                n0, n1 = s * s * s / 6, (4 - 6 * t * t + 3 * t * t * t) / 6
                n2, n3 = (4 - 6 * s * s + 3 * s * s * s) / 6, t * t * t / 6
                d0, d1 = -s * s / 2, (3 * t * t - 4 * t) / 2
                d2, d3 = (4 * s - 3 * s * s) / 2, t * t / 2
                e, v = emf[row, sample], v_out[row, sample]
                below, above = -rail, rail
                slope, fall = -1.0, load
                held, u = -1, 0.0
                k0 = k1 = k2 = k3 = 0.0
                c0 = c1 = c2 = c3 = 0.0
                for _ in range(steps):
                    y = (v - low) * inverse_step
                    other = min(max(int(y), margin), last)
                    u = min(max(y - other, 0.0), 1.0)
                    if other != held:
                        held, m = other, other - 1
                        b0, b1, b2, b3 = 0.0, 0.0, 0.0, 0.0
                        c0, c1, c2, c3 = 0.0, 0.0, 0.0, 0.0
                        for j in range(4):
                            weight = p0 if j == 0 else p1 if j == 1 else p2 if j == 2 else p3
                            other_weight = n0 if j == 0 else n1 if j == 1 else n2 if j == 2 else n3
                            tilt = f0 if j == 0 else f1 if j == 1 else f2 if j == 2 else f3
                            other_tilt = d0 if j == 0 else d1 if j == 1 else d2 if j == 2 else d3
                            i, k = up - 1 + j, down - 1 + j
                            p, n = pull_up[i, m], pull_down[k, m]
                            b0 += weight * p - other_weight * n
                            c0 += tilt * p - other_tilt * n
                            p, n = pull_up[i, m + 1], pull_down[k, m + 1]
                            b1 += weight * p - other_weight * n
                            c1 += tilt * p - other_tilt * n
                            p, n = pull_up[i, m + 2], pull_down[k, m + 2]
                            b2 += weight * p - other_weight * n
                            c2 += tilt * p - other_tilt * n
                            p, n = pull_up[i, m + 3], pull_down[k, m + 3]
                            b3 += weight * p - other_weight * n
                            c3 += tilt * p - other_tilt * n
                        k0, k1 = (b0 + 4 * b1 + b2) / 6, (b2 - b0) / 2
                        k2, k3 = (b0 - 2 * b1 + b2) / 2, (b3 - b0 + 3 * (b1 - b2)) / 6
                    current = k0 + u * (k1 + u * (k2 + u * k3))
                    slope = (k1 + u * (2 * k2 + u * 3 * k3)) * inverse_step
                    balance = current - load * (v - e)
                    fall = load
                    if bent:
                        for k in range(per_volt.shape[0]):
                            b = per_volt[k]
                            grown = math.exp(b * v)
                            sine, cosine = (grown - 1 / grown) / 2, (grown + 1 / grown) / 2
                            a, o = across[k, row, sample], lift[k, row, sample]
                            balance -= (a * sine - o * cosine) / b
                            fall += a * cosine - o * sine
                    if balance > 0:
                        below = v
                    else:
                        above = v
                    following = v + balance / max(fall - slope, 1e-15)
                    if not below <= following <= above:
                        following = (below + above) / 2
                    moved = abs(following - v)
                    v = following
                    if moved < settled:
                        break
                w = 1 - u
                y0, y1 = w * w * w / 6, (4 - 6 * u * u + 3 * u * u * u) / 6
                y2, y3 = (4 - 6 * w * w + 3 * w * w * w) / 6, u * u * u / 6
                rise = c0 * y0 + c1 * y1 + c2 * y2 + c3 * y3
                rise *= inverse_step
                v_out[row, sample] = v
                conductance = max(fall - slope, 1e-15)
                to_emf[row, sample] = (1.0 if bent else load) / conductance
                to_input[row, sample] = rise / conductance

    return settle_apart


def _value(rows: Any, samples: Any = range) -> Any:
    def value(
        table: Any,
        first_low: float,
        low: float,
        inverse_step: float,
        margin: int,
        x_at: Any,
        y_at: Any,
        found: Any,
    ) -> None:
        """A bicubic spline of coefficients `table` at (`x_at`, `y_at`)."""
        first_last, last = table.shape[0] - 2 - margin, table.shape[1] - 2 - margin
        for row in rows(x_at.shape[0]):
            for sample in samples(x_at.shape[1]):
                x = (x_at[row, sample] - first_low) * inverse_step
                i = min(max(int(x), margin), first_last)
                t = min(max(x - i, 0.0), 1.0)
                s = 1 - t
                x0, x1 = s * s * s / 6, (4 - 6 * t * t + 3 * t * t * t) / 6
                x2, x3 = (4 - 6 * s * s + 3 * s * s * s) / 6, t * t * t / 6
                y = (y_at[row, sample] - low) * inverse_step
                k = min(max(int(y), margin), last)
                t = min(max(y - k, 0.0), 1.0)
                s = 1 - t
                y0, y1 = s * s * s / 6, (4 - 6 * t * t + 3 * t * t * t) / 6
                y2, y3 = (4 - 6 * s * s + 3 * s * s * s) / 6, t * t * t / 6
                total = 0.0
                for j in range(4):
                    weight = x0 if j == 0 else x1 if j == 1 else x2 if j == 2 else x3
                    near = y0 * table[i - 1 + j, k - 1] + y1 * table[i - 1 + j, k]
                    near += y2 * table[i - 1 + j, k + 1] + y3 * table[i - 1 + j, k + 2]
                    total += weight * near
                found[row, sample] = total

    return value


def _guess(rows: Any, samples: Any = range) -> Any:
    def guess(table: Any, rail: float, levels: Any, v_in: Any, emf: Any, v_out: Any) -> None:
        """Between the eight nearest points of `table` (V_in, level of g, emf), linearly."""
        across, heights, along = table.shape
        for row in rows(v_in.shape[0]):
            a = min(levels[row], 1.0) * (heights - 1)
            level = min(int(a), heights - 2)
            fa = a - level
            for sample in samples(v_in.shape[1]):
                x = (v_in[row, sample] + rail) / (2 * rail) * (across - 1)
                i = min(max(int(x), 0), across - 2)
                fx = x - i
                y = (emf[row, sample] + rail) / (2 * rail) * (along - 1)
                j = min(max(int(y), 0), along - 2)
                fy = y - j
                total = 0.0
                for p in range(2):
                    for q in range(2):
                        weight = (fx if p else 1 - fx) * (fa if q else 1 - fa)
                        near = table[i + p, level + q, j]
                        total += weight * (near + fy * (table[i + p, level + q, j + 1] - near))
                v_out[row, sample] = total

    return guess


def _compiled(make: Any) -> dict[bool, Any]:
    """For a single thread, and for all: waking threads costs what small batches take.

    `make(rows)` is the function over `rows`.  The two must differ in their closures: numba's cache
    does not tell `parallel` apart, and would give one for the other.
    """
    jit: Any = numba.njit
    return {
        wide: jit(parallel=wide, cache=True, error_model="numpy", fastmath={"contract"})(
            make(numba.prange if wide else range)
        )
        for wide in (False, True)
    }


# By what they are called, made of what goes over rows and what over samples.
MAKERS: dict[str, Any] = {
    "settle": _settle,
    "settle_bent": partial(_settle, bent=True),
    "settle_apart": _settle_apart,
    "settle_apart_bent": partial(_settle_apart, bent=True),
    "guess": _guess,
}
settle = _compiled(_settle)
settle_bent = _compiled(partial(_settle, bent=True))
settle_apart = _compiled(_settle_apart)
settle_apart_bent = _compiled(partial(_settle_apart, bent=True))
guess = _compiled(_guess)
value = _compiled(_value)
