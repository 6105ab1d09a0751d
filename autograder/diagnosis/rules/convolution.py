"""Mistakes in convolutions, plain and transposed: kernels, strides, and contributions that are not added up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation
from autograder.diagnosis.swap import Call, Derivative, Instead

__all__ = ["DERIVATIVES", "OPERATIONS"]

CONVOLUTIONS = ("conv1d", "conv2d")
TRANSPOSED = ("conv_transpose1d", "conv_transpose2d")
BOTH = (*CONVOLUTIONS, *TRANSPOSED)

Layer = Callable[[Call, torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor]
"""A mistaken convolution of x, w and b, of the shape of the right one."""


def _gradient(function: Callable[[torch.Tensor], torch.Tensor], at: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
    """The gradient of a function for an upstream gradient."""
    with torch.enable_grad():
        x = at.detach().requires_grad_()
        (found,) = torch.autograd.grad(function(x), x, g)
    return found


def _bias(call: Call) -> torch.Tensor | None:
    return call.args[2] if len(call.args) > 2 else None


def _last(value: torch.Tensor, *axes: int) -> torch.Tensor:
    """The last entry along some axes, and zeros."""
    found = torch.zeros_like(value)
    kept = tuple(slice(-1, None) if axis in axes else slice(None) for axis in range(value.ndim))
    found[kept] = value[kept]
    return found


def _first(value: torch.Tensor) -> torch.Tensor:
    """The first entry along the first axis, and zeros."""
    found = torch.zeros_like(value)
    found[:1] = value[:1]
    return found


def _space(value: torch.Tensor) -> tuple[int, ...]:
    """The axes that are no examples and no channels."""
    return tuple(range(2, value.ndim))


def _cut(value: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """As many places as the right one has, from the first on; zeros where it has fewer."""
    behind = [n for axis in reversed(_space(like)) for n in (0, max(0, like.shape[axis] - value.shape[axis]))]
    value = torch.nn.functional.pad(value, behind)
    return value[tuple(slice(n) if axis > 1 else slice(None) for axis, n in enumerate(like.shape))]


def _right(call: Call, x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
    found: torch.Tensor = call.func(x, w, b, *call.args[3:], **call.kwargs)
    return found


def _flipped(*axes: int) -> Layer:
    """The kernel the other way round; along some axes alone."""

    def layer(call: Call, x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
        chosen = axes or _space(w)
        return _right(call, x, w.flip(tuple(axis for axis in chosen if axis < w.ndim)), b)

    return layer


def _with(**settings: int) -> Layer:
    """Other settings, and of what comes out as many places as are right; what is shorter is put at the front."""

    def layer(call: Call, x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
        if any(name not in call.kwargs for name in settings):
            return _right(call, x, w, b)
        right = _right(call, x, w, b)
        kwargs = {**call.kwargs, **settings}
        if call.operation in CONVOLUTIONS:
            return _cut(call.func(x, w, b, **kwargs), right)
        # What is cut off in front and behind comes off a longer one.
        padding = kwargs.pop("padding", 0) if isinstance(kwargs.get("padding", 0), int) else 0
        whole = call.func(x, w, None, **kwargs)
        found = _cut(whole[(..., *(slice(padding, None) for _ in _space(x)))], right)
        return found if b is None else found + b.reshape(-1, *(1 for _ in _space(x)))

    return layer


def _padding_behind(call: Call, x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
    """All padding behind: places are counted from the first of the signal itself."""
    padding = call.kwargs.get("padding", 0)
    if call.operation in TRANSPOSED or not isinstance(padding, int):
        return _with(padding=0)(call, x, w, b)
    behind = [n for _ in _space(x) for n in (0, 2 * padding)]
    found: torch.Tensor = call.func(torch.nn.functional.pad(x, behind), w, b, **{**call.kwargs, "padding": 0})
    return found


def _spread(*, back: bool) -> Layer:
    """A transposed convolution of which each place has the last contribution alone; the first if it goes ``back``."""

    def layer(call: Call, x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
        found = torch.zeros_like(_right(call, x, w, None))
        for here in _places(x, back=back):
            covered = _right(call, here.expand_as(x), torch.ones_like(w), None).detach() != 0
            found = torch.where(covered, _right(call, x * here, w, None), found)
        return found if b is None else found + b.reshape(-1, *(1 for _ in _space(x)))

    return layer


def _last_tap(call: Call, x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
    last = torch.zeros_like(w)
    last.flatten(2)[..., -1] = 1
    return _right(call, x, w * last, b)


def _places(value: torch.Tensor, *, back: bool) -> Iterator[torch.Tensor]:
    """Masks of one place each, row by row, or from the last to the first."""
    space = value.shape[2:]
    count = int(torch.tensor(space).prod())
    for number in reversed(range(count)) if back else range(count):
        mask = torch.zeros(count, dtype=value.dtype)
        mask[number] = 1
        yield mask.reshape(space)


def _only_window(*, back: bool, channel: bool = False) -> Derivative:
    """The gradient of x where each place has that of the last window alone that reads it, or of the first."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        w = call.args[1]
        upstream = _last(g, 1) if channel else g
        found = torch.zeros_like(call.x)
        for here in _places(g, back=back):
            # What does not depend on the numbers: a kernel of ones, and ones at this window.
            ones = torch.ones_like(w)
            read = _gradient(lambda x, k=ones: _right(call, x, k, None), call.x, here.expand_as(g))  # type: ignore[misc]
            given = _gradient(lambda x: _right(call, x, w, None), call.x, upstream * here)
            found = torch.where(read != 0, given, found)
        return {0: found}

    return wrong


def _last_channel(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The gradient of x by way of the last output channel alone."""
    return {0: _gradient(lambda x: _right(call, x, call.args[1], None), call.x, _last(g, 1))}


def _kernel_from(kept: Callable[[torch.Tensor], torch.Tensor]) -> Derivative:
    """The kernel's gradient from some of its contributions."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        # Where the kernel is spread it has one contribution from each place of x, else one from each window.
        x, g = (kept(call.x), g) if call.operation in TRANSPOSED else (call.x, kept(g))
        return {1: _gradient(lambda w: _right(call, x, w, None), call.args[1], g)}

    return wrong


def _bias_from(kept: Callable[[torch.Tensor], torch.Tensor]) -> Derivative:
    """The bias's gradient from some of its contributions."""
    return lambda call, g: {2: kept(g).sum((0, *_space(g)))} if _bias(call) is not None else {}


def _one(value: torch.Tensor) -> torch.Tensor:
    return _last(value, 0, *_space(value))


def _last_place(value: torch.Tensor) -> torch.Tensor:
    return _last(value, *_space(value))


def _last_example(value: torch.Tensor) -> torch.Tensor:
    return _last(value, 0)


def _for_x(layer: Layer) -> Derivative:
    return lambda call, g: {0: _gradient(lambda x: layer(call, x, call.args[1], _bias(call)), call.x, g)}


def _for_w(layer: Layer) -> Derivative:
    return lambda call, g: {1: _gradient(lambda w: layer(call, call.x, w, _bias(call)), call.args[1], g)}


def _instead(layer: Layer) -> Instead:
    return lambda call: layer(call, call.args[0], call.args[1], _bias(call))


MAX = ("max_pool2d",)
MEAN = ("avg_pool2d",)


def _settings(call: Call) -> tuple[int, int]:
    """Side and stride of a pooling's windows."""
    size = call.args[1] if len(call.args) > 1 else call.kwargs["kernel_size"]
    return size, call.kwargs.get("stride") or size


def _entries(call: Call, g: torch.Tensor, stride: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """The entries of each window (N, C, windows, entries), and their places in the flattened image (windows, entries)."""
    size, usual = _settings(call)
    stride = stride or usual
    x = call.x
    places = torch.arange(x.shape[2] * x.shape[3]).reshape(x.shape[2:])
    places = places.unfold(0, size, stride).unfold(1, size, stride)[: g.shape[2], : g.shape[3]].flatten(2).flatten(0, 1)
    return x.flatten(2)[:, :, places], places


def _gathered(call: Call, shares: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """The gradient of an image from those of its windows' entries, added up."""
    found = torch.zeros_like(call.x).flatten(2)
    return found.index_add(2, places.flatten(), shares.flatten(2)).reshape(call.x.shape)


def _which(windows: torch.Tensor, rank: int = 0) -> torch.Tensor:
    """The first of each window's greatest entries, or the last (-1)."""
    order = torch.arange(windows.shape[-1], 0, -1) if rank == 0 else torch.arange(1, windows.shape[-1] + 1)
    ties = (windows == windows.amax(-1, keepdim=True)) * order
    return (ties == ties.amax(-1, keepdim=True)).to(windows.dtype)


def _by_shares(shares: Callable[[torch.Tensor], torch.Tensor]) -> Derivative:
    """The gradient from the share of each entry of a window in that of the window."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        windows, places = _entries(call, g)
        return {0: _gathered(call, shares(windows) * g.flatten(2)[..., None], places)}

    return wrong


def _equal(windows: torch.Tensor) -> torch.Tensor:
    return (windows == windows.amax(-1, keepdim=True)).to(windows.dtype)


def _even(windows: torch.Tensor) -> torch.Tensor:
    return _equal(windows) / _equal(windows).sum(-1, keepdim=True)


def _stride_one(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The right entry of each window, as if the windows lay side by side at stride 1."""
    windows, _ = _entries(call, g)
    _, places = _entries(call, g, stride=1)
    each = _which(windows) if call.operation in MAX else torch.ones_like(windows) / windows.shape[-1]
    return {0: _gathered(call, each * g.flatten(2)[..., None], places)}


def _one_window(*, back: bool, whole: bool) -> Derivative:
    """Each entry has the gradient of the last window (going ``back``, of the first) that writes to it.

    A window writes to its greatest entry, or zeros to its others as well if it is written as a ``whole``.
    """

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        windows, places = _entries(call, g)
        each = _which(windows) if call.operation in MAX else torch.ones_like(windows) / windows.shape[-1]
        found, flat = torch.zeros_like(call.x).flatten(2), g.flatten(2)
        for number in reversed(range(len(places))) if back else range(len(places)):
            share, place = each[:, :, number], places[number]
            written = share * flat[:, :, number, None]
            found[:, :, place] = written if whole else torch.where(share != 0, written, found[:, :, place])
        return {0: found.reshape(call.x.shape)}

    return wrong


def _by_cover(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
    """The gradient of each entry divided by the number of windows that read it."""
    _, places = _entries(call, g)
    count = torch.bincount(places.flatten(), minlength=call.x[0, 0].numel()).clamp(min=1)
    right = call.right[0]
    return {} if right is None else {0: right / count.reshape(call.x.shape[2:])}


def _right_times(factor: Callable[[int, int], float]) -> Derivative:
    return lambda call, g: {0: call.right[0] * factor(*_settings(call))} if call.right[0] is not None else {}


def _pool_at_stride_one(call: Call) -> torch.Tensor:
    return _cut(call.run(stride=1), call.run())


def _mean_times(factor: Callable[[int, int], float]) -> Instead:
    return lambda call: call.run() * factor(*_settings(call))


ENLARGED = ("interpolate",)


def _of_squares(gradient: Callable[[torch.Tensor, int], torch.Tensor]) -> Derivative:
    """The gradient of an image whose pixels were repeated, from the upstream gradient and the factor."""

    def wrong(call: Call, g: torch.Tensor) -> Mapping[int, torch.Tensor]:
        if call.kwargs.get("mode", "nearest") != "nearest":
            return {}
        return {0: gradient(g, g.shape[-1] // call.x.shape[-1])}

    return wrong


def _tiled(call: Call) -> torch.Tensor:
    """The whole image again and again, not each of its pixels."""
    if call.kwargs.get("mode", "nearest") != "nearest":
        return call.run()
    right = call.run()
    return call.x.repeat(1, 1, *(big // small for big, small in zip(right.shape[2:], call.x.shape[2:], strict=True)))


def _by_tables(own: float, other: float, end: float) -> Instead:
    """Bilinear weights for a pixel's halves: that of its own, of the neighbour, and what the own has more at an end."""

    def table(length: int, like: torch.Tensor) -> torch.Tensor:
        rows = own * torch.eye(length, dtype=like.dtype).repeat_interleave(2, dim=0)
        for k in range(length):
            rows[2 * k, max(k - 1, 0)] += other if k else end
            rows[2 * k + 1, min(k + 1, length - 1)] += other if k < length - 1 else end
        return rows

    def instead(call: Call) -> torch.Tensor:
        if call.kwargs.get("mode") != "bilinear" or call.kwargs.get("scale_factor") != 2:
            return call.run()
        return table(call.x.shape[2], call.x) @ call.x @ table(call.x.shape[3], call.x).T

    return instead


LAYERS: Sequence[tuple[str, str, Sequence[str], Layer]] = [
    ("kernel_not_flipped", "the kernel is read from its other end", BOTH, _flipped()),
    ("stride_ignored", "stride 1", BOTH, _with(stride=1)),
    ("stride_ignored", "dilation 1", CONVOLUTIONS, _with(dilation=1)),
    ("stride_ignored", "counted from the first place without the padding", BOTH, _padding_behind),
]
"""Mistaken layers, each made on the way there, on the way back to x, on that to the kernel, or in all of them."""

KEPT: Sequence[tuple[str, str, Callable[[torch.Tensor], torch.Tensor]]] = [
    ("overwritten", "the last example's last place alone", _one),
    ("overwritten", "the last place of each example alone", _last_place),
    ("overwritten", "the last example alone", _last_example),
    ("first_example_only", "the first example alone", _first),
]

DERIVATIVES: Sequence[WrongDerivative] = [
    *(WrongDerivative(name, f"{how}, in the gradient of x", on, _for_x(layer)) for name, how, on, layer in LAYERS),
    *(WrongDerivative(name, f"{how}, in the kernel's gradient", on, _for_w(layer)) for name, how, on, layer in LAYERS),
    WrongDerivative("kernel_not_flipped", "the kernel is turned round along its first axis alone", ("conv2d",),
                    _for_x(_flipped(3))),
    WrongDerivative("kernel_not_flipped", "the kernel is turned round along its last axis alone", ("conv2d",),
                    _for_x(_flipped(2))),
    WrongDerivative("overwritten", "the last window alone that reads a place", CONVOLUTIONS, _only_window(back=False)),
    WrongDerivative("overwritten", "the last tap alone that reads a place", CONVOLUTIONS, _only_window(back=True)),
    WrongDerivative("overwritten", "the last window and the last kernel alone", CONVOLUTIONS,
                    _only_window(back=False, channel=True)),
    WrongDerivative("overwritten", "the last output channel alone", BOTH, _last_channel),
    *(WrongDerivative(name, f"{how}, in the kernel's gradient", BOTH, _kernel_from(kept)) for name, how, kept in KEPT),
    *(WrongDerivative(name, f"{how}, in the bias's gradient", BOTH, _bias_from(kept)) for name, how, kept in KEPT),
    WrongDerivative("overwritten", "the last tap alone", TRANSPOSED, _for_x(_last_tap)),
]  # fmt: skip

OPERATIONS: Sequence[WrongOperation] = [
    *(WrongOperation(name, how, on, _instead(layer)) for name, how, on, layer in LAYERS),
    WrongOperation("dropped_term", "no bias", BOTH, lambda call: _right(call, call.args[0], call.args[1], None)),
    WrongOperation("overwritten", "the last tap alone", CONVOLUTIONS, _instead(_last_tap)),
    WrongOperation("overwritten", "the last window alone that writes to a place", TRANSPOSED,
                   _instead(_spread(back=False))),
    WrongOperation("overwritten", "the last tap alone that writes to a place", TRANSPOSED,
                   _instead(_spread(back=True))),
]  # fmt: skip
