"""Sets whose samples are computed by a formula: no files, any number of samples.

All are kernels of AxBench (Yazdanbakhsh et al., IEEE Design & Test, 2017), the functions that
work on inverter-based networks approximates too (PHAX and its successors).  AxBench reads its
samples from files; here a generator draws similar ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from imnnc.extras import optional

FloatArray = NDArray[np.float64]

LARGEST_COUNT = 10_000_000  # samples; a slip of the pen in `train` shall not fill the memory


@dataclass(frozen=True)
class ComputedSet:
    """A formula, and how many of its samples make a set where the source does not say."""

    generate: Callable[[np.random.Generator, int], tuple[FloatArray, FloatArray]]
    train: int = 10_000
    test: int = 1_000


def inversek2j(generator: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray]:
    """Inverse kinematics of an arm with two joints, as AxBench's benchmark `inversek2j`.

    Both links are 0.5 long.  A tip at (x, y) is reached with the elbow and shoulder angles

        theta2 = acos((x^2 + y^2 - l1^2 - l2^2) / (2 l1 l2))
        theta1 = atan2(y, x) - atan2(l2 sin(theta2), l1 + l2 cos(theta2))

    The workspace is sampled as in the benchmark: both angles uniform on [0, pi/2], the tip
    from forward kinematics, so that x lies in [-0.5, 1] and y in [0, 1].

    Args:
        generator: decides the samples.
        count: S, how many.

    Returns:
        The tip ((x + 0.5) / 1.5, y), float64 (S, 2), and the angles (theta1, theta2) divided
        by pi/2, float64 (S, 2); all in [0, 1].
    """
    link1 = link2 = 0.5
    shoulder, elbow = generator.uniform(0.0, np.pi / 2, (2, count))
    x = link1 * np.cos(shoulder) + link2 * np.cos(shoulder + elbow)
    y = link1 * np.sin(shoulder) + link2 * np.sin(shoulder + elbow)
    # Rounding may leave the cosine and the angles beyond their ends by one unit.
    cosine = np.clip((x * x + y * y - link1**2 - link2**2) / (2 * link1 * link2), -1.0, 1.0)
    theta2 = np.arccos(cosine)
    theta1 = np.arctan2(y, x) - np.arctan2(link2 * np.sin(theta2), link1 + link2 * cosine)
    inputs = np.stack([(x + 0.5) / 1.5, y], axis=1)
    angles = np.stack([theta1, theta2], axis=1) / (np.pi / 2)
    return np.clip(inputs, 0.0, 1.0), np.clip(angles, 0.0, 1.0)


def fft(generator: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray]:
    """The twiddle factor of a fast Fourier transform, as AxBench's benchmark `fft`.

    The kernel takes a fraction of a turn, x = k / N with k below N / 2, and answers with

        cos(-2 pi x) and sin(-2 pi x)

    Only the half turn that a radix-2 transform asks for is sampled, uniform on [0, 0.5): the
    sine is never positive.

    Args:
        generator: decides the samples.
        count: S, how many.

    Returns:
        2 x, float64 (S, 1), and cosine and sine from [-1, 1] scaled to [0, 1], float64 (S, 2),
        of which the sine takes [0, 0.5].
    """
    turns = generator.uniform(0.0, 0.5, (count, 1))
    angle = -2 * np.pi * turns
    return 2 * turns, (np.hstack([np.cos(angle), np.sin(angle)]) + 1) / 2


def kmeans(generator: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray]:
    """The distance of a pixel from a centre in colour space, as AxBench's benchmark `kmeans`.

    Clustering the colours of a picture takes most of its time for

        sqrt((r - r')^2 + (g - g')^2 + (b - b')^2)

    Pixels and centres are uniform and independent, where the benchmark has the pixels of a
    picture and centres that start anywhere.

    Args:
        generator: decides the samples.
        count: S, how many.

    Returns:
        Red, green and blue of the pixel, then of the centre, float64 (S, 6), and the distance
        divided by sqrt(3), which is that from black to white, float64 (S, 1); all in [0, 1].
    """
    colours = generator.uniform(0.0, 1.0, (count, 6))
    distance = np.linalg.norm(colours[:, :3] - colours[:, 3:], axis=1, keepdims=True)
    return colours, np.minimum(distance / np.sqrt(3.0), 1.0)


def sobel(generator: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray]:
    """How strong an edge runs through a window of 3 x 3 pixels, as AxBench's benchmark `sobel`.

    Windows are drawn from two photographs, a temple and a flower, that come with scikit-learn:
    independent pixels would be an edge nearly always, neighbours in a picture are alike.  Grey
    is 0.30 red + 0.59 green + 0.11 blue.

    Args:
        generator: decides the samples.
        count: S, how many.

    Returns:
        The pixels row by row, float64 (S, 9), and the gradient, float64 (S, 1); all in [0, 1].

    Raises:
        CompileError: IM745 where scikit-learn is not installed.
    """
    photographs = optional("sklearn.datasets", "sobel").load_sample_images().images
    colours = np.asarray(photographs, np.float64) / 255  # (2, rows, columns, 3)
    windows = sliding_window_view(colours @ [0.30, 0.59, 0.11], (3, 3), axis=(1, 2))
    places = (generator.integers(size, size=count) for size in windows.shape[:3])
    pixels = np.clip(windows[tuple(places)].reshape(count, 9), 0.0, 1.0)
    return pixels, sobel_gradient(pixels)


def sobel_gradient(pixels: FloatArray) -> FloatArray:
    """The magnitude of the gradient in windows of 3 x 3 pixels, held at 1.

        gx = (p02 + 2 p12 + p22) - (p00 + 2 p10 + p20)
        gy = (p20 + 2 p21 + p22) - (p00 + 2 p01 + p02)
        min(sqrt(gx^2 + gy^2), 1)

    AxBench holds it at 1/sqrt(2) already, and leaves the rest of the range unused.

    Args:
        pixels: row by row, (S, 9).

    Returns:
        float64 (S, 1).
    """
    across = np.array([-1, 0, 1, -2, 0, 2, -1, 0, 1])
    down = across.reshape(3, 3).T.ravel()
    magnitude: FloatArray = np.hypot(pixels @ across, pixels @ down)
    return np.minimum(magnitude, 1.0)[:, np.newaxis]


# Spot, strike, rate, volatility, time: what AxBench's input file, which is PARSEC's, ranges over,
# as TAFFO's copy of the benchmark notes it for all but the spot, which is given the strike's.
OPTION_LOW = np.array([40.0, 40.0, 0.0275, 0.05, 0.1])
OPTION_HIGH = np.array([120.0, 120.0, 0.1, 0.65, 1.0])
HIGHEST_PRICE = 85.0  # a little above a call at 120 struck at 40 with all else at its highest


def blackscholes(generator: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray]:
    """The price of a European option, as AxBench's and PARSEC's benchmark `blackscholes`.

    Options are independent and uniform on the ranges that those of the benchmark have, and a
    put or a call as often:

        spot and strike  40 to 120           (AxBench divides both, and the price, by 120)
        rate             0.0275 to 0.1 a year
        volatility       0.05 to 0.65 a year
        time to expiry   0.1 to 1 year

    Args:
        generator: decides the samples.
        count: S, how many.

    Returns:
        Spot, strike, rate, volatility and time, each from its range scaled to [0, 1], and 0 for
        a call or 1 for a put, float64 (S, 6); the price divided by 85, float64 (S, 1), in [0, 1].
    """
    scaled = generator.uniform(0.0, 1.0, (count, 5))
    put = generator.integers(2, size=count)
    spot, strike, rate, volatility, years = (OPTION_LOW + scaled * (OPTION_HIGH - OPTION_LOW)).T
    price = option_price(spot, strike, rate, volatility, years, put)
    inputs = np.column_stack([scaled, put])
    # Rounding may leave an option that is worth nothing with a price below zero.
    return inputs, np.maximum(price / HIGHEST_PRICE, 0.0)[:, np.newaxis]


def option_price(
    spot: FloatArray,
    strike: FloatArray,
    rate: FloatArray,
    volatility: FloatArray,
    years: FloatArray,
    put: NDArray[np.int64],
) -> FloatArray:
    """The Black-Scholes price of European options on a share without dividends.

        d1 = (ln(spot / strike) + (rate + volatility^2 / 2) years) / (volatility sqrt(years))
        d2 = d1 - volatility sqrt(years)
        call = spot N(d1) - strike exp(-rate years) N(d2)
        put  = strike exp(-rate years) N(-d2) - spot N(-d1)

    with N the normal distribution (Hull, Options, Futures, and Other Derivatives).  PARSEC
    takes a polynomial for N, which is right to seven digits.

    Args:
        spot: what the share costs now, (S,).
        strike: what the option sells or buys it for, (S,).
        rate: free of risk, compounded continuously, per year, (S,).
        volatility: standard deviation of the logarithm of the share's price after a year, (S,).
        years: until the option expires, (S,).
        put: 0 for a call, 1 for a put, (S,).

    Returns:
        float64 (S,), in the unit of spot and strike.
    """
    from scipy.special import ndtr  # heavy: not for who only plans a compile

    spread = volatility * np.sqrt(years)
    d1 = np.log(spot / strike) / spread + (rate + volatility**2 / 2) * years / spread
    sign = 1 - 2 * put
    # N(-d) is what a put has in place of N(d): one expression for both.
    price: FloatArray = sign * (
        spot * ndtr(sign * d1) - strike * np.exp(-rate * years) * ndtr(sign * (d1 - spread))
    )
    return price


COMPUTED = {
    "inversek2j": ComputedSet(inversek2j),
    "fft": ComputedSet(fft),
    "kmeans": ComputedSet(kmeans),
    "sobel": ComputedSet(sobel),
    "blackscholes": ComputedSet(blackscholes),
}
