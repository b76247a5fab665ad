"""The hand-written passes against autograd, runs together against runs alone, both countings."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
F = torch.nn.functional

from minirun_text import corpus  # noqa: E402

from isoflop.minirun import model, recipe, train  # noqa: E402
from isoflop.minirun.recipe import matched_to  # noqa: E402
from isoflop.minirun.shape import Shape  # noqa: E402
from isoflop.minirun.step import Stepper, rates  # noqa: E402


def plain_logits(flat, shape: Shape, tokens):
    """The same Transformer written for autograd, one run: flat (P,), tokens (B, T)."""
    w = {name: v[0] for name, v in model.views(flat[None], shape).items()}
    B, T = tokens.shape
    d, heads = shape.d_model, shape.n_heads
    half = d // heads // 2
    turn = torch.arange(T, dtype=flat.dtype)[:, None] / 1e4 ** (
        torch.arange(half, dtype=flat.dtype) / half
    )
    cos, sin = turn.cos()[:, None], turn.sin()[:, None]

    def rotate(x):
        even, odd = x[..., 0::2], x[..., 1::2]
        return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)

    x = w["embed"][tokens]
    for i in range(shape.n_layers):
        x = x + w[f"gate{i}"] * F.pad(x[:, :-1], (0, 0, 1, 0))
        q, k, v = (F.layer_norm(x, (d,)) @ w[f"qkv{i}"]).view(B, T, 3, heads, -1).unbind(2)
        q, k, v = (y.transpose(1, 2) for y in (rotate(q), rotate(k), v))
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + attended.transpose(1, 2).reshape(B, T, d) @ w[f"out{i}"]
        x = x + F.relu(F.layer_norm(x, (d,)) @ w[f"up{i}"]) ** 2 @ w[f"down{i}"]
    return F.layer_norm(x, (d,)) @ w["head"]


def random_runs(shape, K, B, dtype=torch.float64, seed=0):
    source = torch.Generator().manual_seed(seed)
    flat = 0.3 * torch.randn(K, shape.parameters(), dtype=dtype, generator=source)
    tokens = torch.randint(0, 256, (K, B, shape.context + 1), generator=source)
    return flat, tokens


def both_passes(shape, flat, tokens, dtype):
    network = model.Network(shape, len(flat), tokens.shape[1], dtype=dtype)
    gradient = torch.full_like(flat, 9.0)
    weights = model.views(flat.to(dtype), shape)
    with torch.inference_mode():
        logits, saved = network.forward(weights, tokens[:, :, :-1])
        views = model.views(gradient, shape)
        losses = network.backward(weights, views, logits, tokens[:, :, 1:], saved)
    return losses, gradient


@pytest.mark.parametrize("shape", [Shape(24, context=16), Shape(32, n_layers=3, context=8)])
@pytest.mark.parametrize("K", [1, 3])
def test_gradient_is_autograds(shape, K):
    flat, tokens = random_runs(shape, K, B=2)
    losses, gradient = both_passes(shape, flat, tokens, torch.float64)
    for k in range(K):
        one = flat[k].clone().requires_grad_()
        logits = plain_logits(one, shape, tokens[k, :, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), tokens[k, :, 1:].flatten())
        loss.backward()
        assert abs(losses[k] - loss) < 1e-12
        assert (gradient[k] - one.grad).abs().max() < 1e-12 * max(1, one.grad.abs().max())


def test_narrow_numbers_follow():
    """bfloat16 activations with float32 gradients, the way a GPU trains: within its precision."""
    shape = Shape(32, context=16)
    flat, tokens = random_runs(shape, 2, B=4, dtype=torch.float32)
    flat *= 0.3
    losses, gradient = both_passes(shape, flat, tokens, torch.float32)
    narrow, rough = both_passes(shape, flat, tokens, torch.bfloat16)
    assert torch.allclose(losses, narrow, rtol=5e-3)
    cosine = F.cosine_similarity(gradient, rough, dim=1)
    assert (cosine > 0.99).all(), cosine


@pytest.mark.parametrize("d_model", [16, 24, 48, 64, 128])
def test_company_changes_no_bit(d_model):
    shape = Shape(d_model)
    flat, tokens = random_runs(shape, 4, B=4, dtype=torch.float32)
    with train.one_thread():
        losses, gradient = both_passes(shape, flat, tokens, torch.float32)
        for rows in ([2], [3, 0]):
            alone, lone = both_passes(shape, flat[rows], tokens[rows], torch.float32)
            assert torch.equal(alone, losses[rows]) and torch.equal(lone, gradient[rows])


def test_counts_are_the_tensors():
    for shape in (Shape(16), Shape(48), Shape(64, n_layers=4, context=256)):
        sizes = model.layout(shape)
        assert shape.parameters() == sum(math.prod(s) for s in sizes.values())
        inside = [n for n in sizes if n.startswith(("qkv", "out", "up", "down"))]
        assert shape.nonembedding() == sum(math.prod(sizes[n]) for n in inside)
        assert model.matrices(shape) == shape.parameters() - shape.n_layers * shape.d_model


def test_six_n_d_is_exact_here_by_accident():
    shape = Shape(64)
    matrices = shape.parameters() - shape.n_layers * shape.d_model
    assert shape.flops_per_token() == 6 * matrices
    longer = Shape(64, context=128)
    assert longer.flops_per_token() != 6 * matrices


def test_a_step_is_adamw():
    """One flat step against torch.optim.AdamW with clipping, from the same gradient."""
    shape = Shape(16, context=8)
    run = recipe.Run(shape, 1.0, steps=40, lr=3e-3, seed=5, batch=2)
    flat, tokens = random_runs(shape, 1, B=2, dtype=torch.float32)
    twin = flat[0].clone().requires_grad_()
    gates = shape.parameters() - model.matrices(shape)
    with torch.inference_mode():
        state = [flat, torch.zeros_like(flat), torch.zeros_like(flat)]
        stepper, tables = Stepper(state, run, torch.float32), rates([run])
    moments = torch.zeros(2, shape.parameters())
    for t in range(5):
        loss = F.cross_entropy(
            plain_logits(twin, shape, tokens[0, :, :-1]).flatten(0, 1), tokens[0, :, 1:].flatten()
        )
        (gradient,) = torch.autograd.grad(loss, twin)
        gradient = gradient * min(1.0, 1.0 / (gradient.norm() + 1e-6))
        moments[0] = 0.9 * moments[0] + 0.1 * gradient
        moments[1] = 0.95 * moments[1] + 0.05 * gradient**2
        rate = run.lr * run.schedule()[t]
        mean, square = moments[0] / (1 - 0.9 ** (t + 1)), moments[1] / (1 - 0.95 ** (t + 1))
        decayed = twin.detach() * (1 - rate * run.decay / (run.lr * run.steps))
        decayed[-gates:] = twin.detach()[-gates:]
        twin = (decayed - rate * mean / (square.sqrt() + 1e-8)).requires_grad_()
        with torch.inference_mode():
            stepper(tokens, *(table[t] for table in tables))
        assert torch.allclose(flat[0], twin.detach(), atol=2e-6)


def test_schedules():
    shape = Shape(16)
    run = {arm: recipe.Run(shape, 1.0, 1000, 1.0, 0, arm).schedule() for arm in recipe.ARMS}
    assert run["matched"].max() == pytest.approx(1) and run["matched"][-1] == pytest.approx(0.1)
    assert np.argmax(run["matched"]) == 49
    assert run["fixed-warmup"][-1] == pytest.approx(1 / 3)  # the warm-up outlasts the run
    assert run["long-cosine"][-1] > 0.8
    assert (run["stable-decay"][150:799] == 1).all() and run["stable-decay"][-1] < 0.01
    trunk = recipe.branches([2.5e11, 5e11, 1e12], 32, seed=0)
    shared = int(0.8 * trunk[0].steps)
    tables = [rates([r]) for r in trunk]
    for one in tables[1:]:
        for mine, theirs in zip(one, tables[0]):
            assert torch.allclose(mine[:shared], theirs[:shared], rtol=1e-6)


def outcome_of(runs, **options):
    return train.train(runs, corpus(), **options)


def small(d, steps, seed=0, **changes):
    shape = Shape(d, context=16)
    return recipe.Run(shape, 1e9, steps, changes.pop("lr", 1e-2), seed, batch=2, **changes)


def test_lengths_rates_and_company():
    """Runs of several lengths and rates together are, to the last bit, the runs alone."""
    runs = [small(16, 120), small(16, 60, seed=1), small(16, 90, lr=3e-3)]
    together = outcome_of(runs)
    for run, one in zip(runs, together):
        (alone,) = outcome_of([run])
        assert (alone.loss, alone.checks, alone.curve) == (one.loss, one.checks, one.curve)
        assert one.status == "done" and [s for s, _ in one.checks][-1] == run.steps
    assert together[0].loss < math.log(256) - 1.5


def test_divergence_ends_one_run():
    runs = [small(16, 80), small(16, 80, lr=1e4), small(16, 80, seed=3)]
    first, wild, last = outcome_of(runs)
    assert (first.status, wild.status, last.status) == ("done", "diverged", "done")
    assert math.isnan(wild.loss) and first.loss == outcome_of(runs[:1])[0].loss


def test_no_byte_twice():
    run, text = small(16, 500), corpus()
    starts = train._starts(run, text)
    assert len(set(starts)) == len(starts) == 1000 and len(starts) * 16 == run.tokens
    assert np.diff(np.sort(starts)).min() >= 16 and starts.max() + 16 < len(text.train)


def test_budget_makes_the_length():
    run = matched_to(2.5e11, 32, seed=0)
    assert abs(run.flops / 2.5e11 - 1) < 1e-3
    with pytest.raises(ValueError, match="less than one step at width 64"):
        matched_to(1e6, 64, seed=0)
    with pytest.raises(ValueError, match="width 20 does not divide into 3 heads"):
        Shape(20, n_heads=3)
    with pytest.raises(ValueError, match="arm 'cosine' is none of"):
        small(16, 10, arm="cosine")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")
def test_gpu_trains_like_the_cpu():
    """On a GPU: bfloat16 under a CUDA graph ends within its precision of the CPU's loss."""
    runs = [small(32, 200), small(32, 200, seed=1)]
    for here, there in zip(outcome_of(runs), outcome_of(runs, device="cuda")):
        assert there.status == "done" and abs(here.loss - there.loss) < 0.05
