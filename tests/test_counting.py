"""Counting against released models, a module's numel, and PyTorch's own FLOP counter."""

import numpy as np
import pytest

from isoflop import counting, published
from isoflop.counting import GPT2, Transformer


@pytest.mark.parametrize("size", GPT2)
def test_gpt2_is_exact(size):
    assert GPT2[size].parameters() == published.GPT2_PARAMETERS[size]


def test_six_nd_does_not_overflow():
    assert counting.training_flops(70_000_000_000, 1_400_000_000_000) == 5.88e23
    N = np.array([70_000_000_000], dtype=np.int64)
    assert counting.training_flops(N, np.int64(1_400_000_000_000))[0] == 5.88e23


def build(shape: Transformer):
    """The module of a shape, written independently of the formulas."""
    from torch import nn

    d, bias = shape.d_model, shape.biases
    block = [
        nn.LayerNorm(d, bias=bias),
        nn.Linear(d, 3 * d, bias=bias),
        nn.Linear(d, d, bias=bias),
        nn.LayerNorm(d, bias=bias),
        nn.Linear(d, shape.d_ff, bias=bias),
        nn.Linear(shape.d_ff, d, bias=bias),
    ]
    if shape.relative_positions:
        block.append(nn.Linear(d, d, bias=False))
    layers = [nn.ModuleList(block) for _ in range(1)] * shape.n_layers
    outside = [nn.Embedding(shape.vocab_size, d), nn.LayerNorm(d, bias=bias)]
    if shape.learned_positions:
        outside.append(nn.Embedding(shape.context, d))
    if not shape.tied:
        outside.append(nn.Linear(d, shape.vocab_size, bias=False))
    return layers, outside


def numel(modules) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


SHAPES = [
    GPT2["small"],
    Transformer(64, 3, 192, 4, 256, 32, tied=False, biases=False, learned_positions=False),
    Transformer(96, 2, 384, 6, 1000, 64, tied=False),
    Transformer(128, 4, 512, 8, 500, 16, biases=False, relative_positions=True),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_parameters_match_a_module(shape):
    import torch

    with torch.device("meta"):
        layers, outside = build(shape)
    assert shape.parameters() == numel(layers) + numel(outside)


@pytest.mark.parametrize("shape", SHAPES[1:3])
def test_flops_match_pytorchs_counter(shape):
    """One block and the head, forward and backward, counted by torch itself."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    d, T, h = shape.d_model, shape.context, shape.n_heads
    one = Transformer(**{**vars(shape), "n_layers": 1})
    W = [torch.randn(d, k, requires_grad=True) for k in (3 * d, d, shape.d_ff)]
    W += [torch.randn(shape.d_ff, d, requires_grad=True)]
    head = torch.randn(d, shape.vocab_size, requires_grad=True)
    x = torch.randn(T, d, requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        q, k, v = ((x @ W[0]).view(T, 3, h, d // h).permute(1, 2, 0, 3)).unbind(0)
        scores = torch.softmax(torch.bmm(q, k.transpose(1, 2)), dim=-1)
        y = torch.bmm(scores, v).transpose(0, 1).reshape(T, d) @ W[1]
        ((torch.relu(y @ W[2]) @ W[3]) @ head).sum().backward()
    assert counter.get_total_flops() == pytest.approx(T * one.flops_per_token())


def test_six_n_is_the_matrices_share():
    """Without attention scores, embeddings, norms and biases, 6N is the whole count."""
    shape = Transformer(512, 8, 2048, 8, vocab_size=1, context=1, biases=False)
    assert 6 * shape.matrix_parameters() / shape.flops_per_token() == pytest.approx(1, rel=2e-3)
    assert GPT2["xl"].six_n_ratio() == pytest.approx(1, abs=0.1)


def test_causal_counts_less():
    assert GPT2["small"].flops_per_token(causal=True) < GPT2["small"].flops_per_token()


def test_named_shapes_give_their_names():
    assert counting.GOPHER.parameters() == pytest.approx(280e9, rel=0.005)
    assert counting.CHINCHILLA.parameters() == pytest.approx(70e9, rel=0.005)


def test_bits():
    assert counting.bits(np.log(2)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_heads": 5}, "n_heads = 5 does not divide d_model = 64"),
        ({"d_model": 0}, "d_model must be a positive whole number"),
        ({"vocab_size": 2.5}, "vocab_size must be a positive whole number"),
    ],
)
def test_bad_shapes(change, message):
    good = dict(d_model=64, n_layers=2, d_ff=256, n_heads=4, vocab_size=256, context=32)
    with pytest.raises(ValueError, match=message):
        Transformer(**(good | change))
