"""Mistakes in pooling and upsampling: ties, shares, and windows that are placed wrongly or not added up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from autograder.diagnosis.rules.records import WrongDerivative, WrongOperation
from autograder.diagnosis.swap import Call, Derivative, Instead

__all__ = ["DERIVATIVES", "OPERATIONS"]

MAX = ("max_pool2d",)
MEAN = ("avg_pool2d",)
ENLARGED = ("interpolate",)


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
    right = call.run()
    found: torch.Tensor = call.run(stride=1)[:, :, : right.shape[2], : right.shape[3]]
    return found


def _mean_times(factor: Callable[[int, int], float]) -> Instead:
    return lambda call: call.run() * factor(*_settings(call))


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


DERIVATIVES: Sequence[WrongDerivative] = [
    WrongDerivative("ties_shared", "to every one of them", MAX, _by_shares(_equal)),
    WrongDerivative("ties_shared", "in equal parts", MAX, _by_shares(_even)),
    WrongDerivative("ties_shared", "to the last of them", MAX, _by_shares(lambda windows: _which(windows, -1))),
    WrongDerivative("mask_ignored", "to every entry of the window", MAX, _by_shares(torch.ones_like)),
    WrongDerivative("mask_ignored", "to every entry of the window in equal parts", MAX,
                    _by_shares(lambda windows: torch.ones_like(windows) / windows.shape[-1])),
    WrongDerivative("overwritten", "the last window alone, in its greatest entry", MAX,
                    _one_window(back=False, whole=False)),
    WrongDerivative("overwritten", "the last window alone", (*MAX, *MEAN), _one_window(back=False, whole=True)),
    WrongDerivative("overwritten", "the first window alone", (*MAX, *MEAN), _one_window(back=True, whole=True)),
    WrongDerivative("stride_ignored", "stride 1", (*MAX, *MEAN), _stride_one),
    WrongDerivative("wrong_factor", "divided by the entries of a window", MAX,
                    _right_times(lambda size, stride: size**-2), {"factor": "1/size²"}),
    WrongDerivative("wrong_factor", "divided by the number of windows that read an entry", MEAN, _by_cover,
                    {"factor": "1/(the number of windows that read it)"}),
    WrongDerivative("overwritten", "the last of a pixel's copies alone", ENLARGED,
                    _of_squares(lambda g, factor: g[..., factor - 1 :: factor, factor - 1 :: factor])),
    WrongDerivative("overwritten", "the first of a pixel's copies alone", ENLARGED,
                    _of_squares(lambda g, factor: g[..., ::factor, ::factor])),
    WrongDerivative("wrong_factor", "the mean over a pixel's copies", ENLARGED,
                    _of_squares(lambda g, factor: torch.nn.functional.avg_pool2d(g, factor)), {"factor": "1/factor²"}),
    WrongDerivative("wrong_factor", "divided by the factor", ENLARGED,
                    _of_squares(lambda g, factor: torch.nn.functional.avg_pool2d(g, factor) * factor),
                    {"factor": "1/factor"}),
]  # fmt: skip

OPERATIONS: Sequence[WrongOperation] = [
    WrongOperation("stride_ignored", "stride 1", (*MAX, *MEAN), _pool_at_stride_one),
    WrongOperation("wrong_factor", "not divided", MEAN, _mean_times(lambda size, stride: size**2), {"factor": "size²"}),
    WrongOperation("wrong_factor", "divided by the side alone", MEAN, _mean_times(lambda size, stride: size),
                   {"factor": "size"}),
    WrongOperation("wrong_factor", "divided by stride²", MEAN, _mean_times(lambda size, stride: (size / stride) ** 2),
                   {"factor": "(size/stride)²"}),
    WrongOperation("transposed", "the image repeated for its pixels", ENLARGED, _tiled),
    WrongOperation("dropped_term", "three quarters without the fourth", ENLARGED, _by_tables(0.75, 0.0, 0.0)),
    WrongOperation("dropped_term", "without the quarter that has no neighbour", ENLARGED, _by_tables(0.75, 0.25, 0.0)),
    WrongOperation("wrong_operand", "three quarters of the neighbour", ENLARGED, _by_tables(0.25, 0.75, 0.75),
                   {"used": "the neighbour's weight", "meant": "the pixel's own"}),
]  # fmt: skip
