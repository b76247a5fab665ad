"""Training throughput and quality against a plain PyTorch GPT of the same shapes.

The reference is a GPT written in the most ordinary good way: pre-norm blocks, fused attention
(SDPA), GELU, learned positions, a head tied to the embedding, fused AdamW, tokens in memory.
Both run on one thread and in turns, so that whatever slows the machine slows both.

    python tests/bench/minirun.py            # tokens per CPU second, widths 16 to 128
    python tests/bench/minirun.py quality    # also the loss at 1e12 exact FLOPs (minutes)
"""

import math
import statistics
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from isoflop.minirun import corpus, grids, train
from isoflop.minirun.recipe import BATCH, Run, matched_to
from isoflop.minirun.shape import Shape

WIDTHS, CONTEXT, ROUNDS, STEPS = (16, 32, 64, 128), 64, 5, 60


class Block(nn.Module):
    def __init__(self, d: int, heads: int):
        super().__init__()
        self.heads, self.before, self.between = heads, nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        B, T, d = x.shape
        joint = self.qkv(self.before(x)).view(B, T, 3, self.heads, d // self.heads)
        q, k, v = joint.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(attended.transpose(1, 2).reshape(B, T, d))
        return x + self.down(F.gelu(self.up(self.between(x))))


class PlainGPT(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        d = shape.d_model
        self.embed, self.places = nn.Embedding(256, d), nn.Embedding(shape.context, d)
        self.blocks = nn.ModuleList(Block(d, shape.n_heads) for _ in range(shape.n_layers))
        self.last, self.head = nn.LayerNorm(d), nn.Linear(d, 256, bias=False)
        self.head.weight = self.embed.weight
        self.register_buffer("order", torch.arange(shape.context))
        for part in self.modules():
            if isinstance(part, nn.Linear | nn.Embedding):
                nn.init.normal_(part.weight, std=0.02)
            if isinstance(part, nn.Linear) and part.bias is not None:
                nn.init.zeros_(part.bias)

    def forward(self, tokens, targets):
        x = self.embed(tokens) + self.places(self.order)
        for block in self.blocks:
            x = block(x)
        return F.cross_entropy(self.head(self.last(x)).flatten(0, 1), targets.flatten())


class Plain:
    """The reference's training loop."""

    def __init__(self, shape: Shape, text: torch.Tensor, lr: float, seed: int = 0):
        torch.manual_seed(seed)
        self.text, self.net = text, PlainGPT(shape)
        self.reach = torch.arange(shape.context + 1)
        self.adam = torch.optim.AdamW(
            self.net.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.1, fused=True
        )

    def step(self) -> None:
        starts = torch.randint(len(self.text) - len(self.reach), (BATCH, 1))
        tokens = self.text[starts + self.reach].long()
        loss = self.net(tokens[:, :-1], tokens[:, 1:])
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.adam.step()


def plain_seconds(bench: Plain, steps: int) -> float:
    start = time.process_time()
    for _ in range(steps):
        bench.step()
    return (time.process_time() - start) / steps


def our_seconds(group, steps: int) -> float:
    """CPU seconds a step and run, data included: what the sweep does between checkpoints."""
    start = time.process_time()
    with torch.inference_mode():
        group._chunk(group.step + steps)
    return (time.process_time() - start) / steps / len(group.alive)


def throughput(text) -> None:
    print(
        f"tokens per CPU second, one thread, batch {BATCH} x {CONTEXT}, in turns, median ratio of"
    )
    print(f"{ROUNDS} rounds; 'together': as many runs as the sweep trains at once at this width")
    print("    d  plain GPT    alone  ratio   together (runs)  ratio")
    memory = torch.tensor(text.train)
    for d in WIDTHS:
        shape, tokens = Shape(d, context=CONTEXT), BATCH * CONTEXT
        runs = [Run(shape, 1.0, 4000, 3e-3, seed) for seed in range(grids.company(d))]
        with torch.inference_mode():
            alone, together = (train._Group(r, text, "cpu") for r in (runs[:1], runs))
        plain = Plain(shape, memory, 3e-3)
        turns = [
            (plain_seconds(plain, STEPS), our_seconds(alone, STEPS), our_seconds(together, STEPS))
            for _ in range(ROUNDS + 1)
        ][1:]
        reference, one, several = (statistics.median(t) for t in zip(*turns))
        ratios = [statistics.median(t[0] / t[i] for t in turns) for i in (1, 2)]
        print(
            f"{d:>5} {tokens / reference:>10,.0f} {tokens / one:>8,.0f} {ratios[0]:>6.2f} "
            f"{tokens / several:>10,.0f} ({len(runs)}) {ratios[1]:>8.2f}",
            flush=True,
        )


def plain_loss(text, shape: Shape, steps: int, lr: float, seed: int) -> float:
    """The reference after a run of ``steps``: warm-up over 5 %, cosine to 10 %, as ours has."""
    bench, warm = Plain(shape, torch.tensor(text.train), lr, seed), round(0.05 * steps)
    for t in range(1, steps + 1):
        fall = 0.1 + 0.45 * (1 + math.cos(math.pi * (t - warm) / (steps - warm)))
        bench.adam.param_groups[0]["lr"] = lr * (t / warm if t < warm else fall)
        bench.step()
    held_out = torch.from_numpy(corpus.windows(text.report, CONTEXT, train.REPORT_WINDOWS)).long()
    with torch.no_grad():
        parts = [bench.net(w[:, :-1], w[:, 1:]).item() for w in held_out.split(64)]
    return float(np.mean(parts))


def quality(text, budget: float = 1e12, d: int = 48) -> None:
    ours = [matched_to(budget, d, seed) for seed in (0, 1)]
    shape, steps = ours[0].shape, ours[0].steps
    tried = {lr: plain_loss(text, shape, steps, lr, seed=0) for lr in (3e-3, 4.5e-3, 6e-3, 9e-3)}
    best = min(tried, key=tried.get)
    theirs = [tried[best], plain_loss(text, shape, steps, best, seed=1)]
    mine = [outcome.loss for outcome in train.train(ours, text)]
    print(f"loss at {budget:.0e} exact FLOPs, d = {d}, {steps} steps, nats per byte, two seeds:")
    print("  plain GPT by rate:", {lr: round(loss, 4) for lr, loss in tried.items()})
    print(f"  plain GPT {np.mean(theirs):.4f} {np.round(theirs, 4)}")
    print(f"  ours      {np.mean(mine):.4f} {np.round(mine, 4)}")
    print(f"  lower by  {np.mean(theirs) - np.mean(mine):.4f}")


if __name__ == "__main__":
    with train.one_thread():
        source = corpus.installed()
        throughput(source)
        if "quality" in sys.argv[1:]:
            quality(source)
