"""Cases for the convolution unit: small sizes, no two axes alike, every option that differs from its default.

A strategy draws sizes, options and a seed; the numbers then come from the seed, so a case is random without being large
for hypothesis. The options that reveal most stand first.
"""

from dataclasses import dataclass
from typing import Any

import hypothesis.strategies as st
import numpy as np
from numpy import ndarray as Array

SEEDS = st.integers(0, 2**32 - 1)
IMAGE_SIZES = st.sampled_from([(5, 6), (7, 5), (6, 8)])
KERNEL_SIZES = st.sampled_from([(2, 3), (3, 2), (1, 3), (3, 1)])
STRIDES = st.sampled_from([(2, 3), (2, 1), (1, 2), 2, 1])
PADDINGS = st.sampled_from([(1, 2), (2, 1), (0, 1), 1, 0])
DILATIONS = st.sampled_from([2, (2, 1), (1, 2)])


@dataclass(frozen=True)
class ConvCase:
    """A convolution: images, filters, biases, an upstream gradient, and the options by name."""

    x: Array
    w: Array
    b: Array
    dout: Array
    options: dict[str, Any]

    @property
    def window(self) -> dict[str, Any]:
        """The options that im2col and col2im know."""
        return {name: value for name, value in self.options.items() if name != "groups"}


@dataclass(frozen=True)
class PoolCase:
    """A pooling: images, an upstream gradient, the kernel's size and the options by name."""

    x: Array
    dout: Array
    kernel_size: int | tuple[int, int]
    options: dict[str, Any]


@dataclass(frozen=True)
class LayersCase:
    """Images, the upstream gradient of a small network, and its parameters in order."""

    x: Array
    dout: Array
    parameters: tuple[Array, ...]


@st.composite
def conv_cases(draw: st.DrawFn) -> ConvCase:
    """Draw a convolution with stride, padding and dilation."""
    options = {"stride": draw(STRIDES), "padding": draw(PADDINGS), "dilation": draw(DILATIONS), "groups": 1}
    return _convolution(draw, options, channels_per_group=draw(st.integers(2, 3)), filters_per_group=4)


@st.composite
def grouped_cases(draw: st.DrawFn) -> ConvCase:
    """Draw a convolution in groups of several channels and several filters each, with all other options beside them."""
    options = {
        "stride": draw(st.sampled_from([(1, 2), 2, 1])),
        "padding": draw(st.sampled_from([(1, 2), 0, 1])),
        "dilation": draw(st.sampled_from([(2, 1), (1, 2), 1])),
        "groups": draw(st.integers(2, 3)),
    }
    channels, filters = draw(st.sampled_from([(3, 2), (2, 3)]))
    return _convolution(draw, options, channels_per_group=channels, filters_per_group=filters)


def _convolution(
    draw: st.DrawFn, options: dict[str, Any], *, channels_per_group: int, filters_per_group: int
) -> ConvCase:
    image_size, kernel_size = draw(IMAGE_SIZES), draw(KERNEL_SIZES.filter(lambda size: size[0] != channels_per_group))
    filters, channels = filters_per_group * options["groups"], channels_per_group * options["groups"]
    stops = _stops(image_size, kernel_size, options["stride"], options["padding"], options["dilation"])
    rng = np.random.default_rng(draw(SEEDS))
    return ConvCase(
        x=rng.normal(size=(2, channels, *image_size)),
        w=rng.normal(size=(filters, channels_per_group, *kernel_size)),
        b=rng.normal(size=filters),
        dout=rng.normal(size=(2, filters, *stops)),
        options=options,
    )


@st.composite
def pool_cases(draw: st.DrawFn, *, ties: bool = False) -> PoolCase:
    """Draw a pooling of mostly negative images with windows that overlap; with `ties`, pixels are -2, -1 or 0."""
    kernel_size = draw(st.sampled_from([(2, 3), (3, 2), 2, 3]))
    kh, kw = _pair(kernel_size)
    padding = draw(st.sampled_from([(1, kw // 2), (0, 1), (1, 0), 1]))
    stride = draw(st.sampled_from([(2, 1), (1, 2), 1]))
    image_size = draw(IMAGE_SIZES)
    rng = np.random.default_rng(draw(SEEDS))
    shape = (2, 3, *image_size)
    return PoolCase(
        x=rng.integers(-2, 1, size=shape).astype(float) if ties else rng.normal(-2, 1, size=shape),
        dout=rng.normal(size=(2, 3, *_stops(image_size, (kh, kw), stride, padding, 1))),
        kernel_size=kernel_size,
        options={"stride": stride, "padding": padding},
    )


@st.composite
def stage_cases(draw: st.DrawFn) -> LayersCase:
    """Draw images and filters for convolution, ReLU and 2 x 2 pooling; odd kernels, sizes that leave a pixel over."""
    kernel_size = draw(st.sampled_from([(3, 5), (5, 3), (3, 1)]))
    height, width = draw(IMAGE_SIZES)
    rng = np.random.default_rng(draw(SEEDS))
    return LayersCase(
        x=rng.normal(size=(2, 3, height, width)),
        dout=rng.normal(size=(2, 4, height // 2, width // 2)),
        parameters=(rng.normal(size=(4, 3, *kernel_size)), rng.normal(size=4)),
    )


@st.composite
def residual_cases(draw: st.DrawFn) -> LayersCase:
    """Draw images and filters for a residual block with another number of maps inside."""
    kernel_size = draw(st.sampled_from([(3, 5), (5, 3), (1, 3)]))
    rng = np.random.default_rng(draw(SEEDS))
    shape = (2, 3, *draw(IMAGE_SIZES))
    inner = (rng.normal(size=(4, 3, *kernel_size)), rng.normal(size=4))
    outer = (0.3 * rng.normal(size=(3, 4, *kernel_size)), rng.normal(size=3))
    return LayersCase(x=rng.normal(size=shape), dout=rng.normal(size=shape), parameters=(*inner, *outer))


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def _stops(image_size: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> tuple[int, ...]:
    """Return the output's height and width, as torch's manual states them for Conv2d."""
    axes = zip(image_size, kernel_size, _pair(stride), _pair(padding), _pair(dilation), strict=True)
    return tuple((size + 2 * p - d * (k - 1) - 1) // s + 1 for size, k, s, p, d in axes)
