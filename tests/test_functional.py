"""Functions for references are PyTorch's own, with derivatives that stay exact where those round to 0."""

from __future__ import annotations

import pytest
import torch

from autograder import functional


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_the_value_is_pytorchs_and_the_slope_of_a_saturated_unit_is_exact(name: str) -> None:
    z = torch.tensor([-40.0, -1.0, 0.0, 0.5, 40.0], dtype=torch.float64, requires_grad=True)
    value = getattr(functional, name)(z)
    assert torch.equal(value, getattr(torch, name)(z))
    (slope,) = torch.autograd.grad(value.sum(), z)
    exact = torch.sigmoid(z) * torch.sigmoid(-z) if name == "sigmoid" else 1 / torch.cosh(z) ** 2
    torch.testing.assert_close(slope, exact.detach(), rtol=1e-12, atol=0.0)
    assert (slope > 0).all()


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_in_float32_the_slope_rounds_as_pytorchs_does_unless_to_nothing(name: str) -> None:
    z = torch.tensor([-2.0, 0.3, 3.0, 20.0], requires_grad=True)
    (slope,) = torch.autograd.grad(getattr(functional, name)(z).sum(), z)
    (usual,) = torch.autograd.grad(getattr(torch, name)(z).sum(), z)
    torch.testing.assert_close(slope[:3], usual[:3], rtol=1e-5, atol=0.0)
    assert usual[3] == 0 < slope[3]
