"""PyTorch's LSTM and GRU, and a TD-VAE of them, in float64: writes td-vae.json beside this folder (for biome to format).   td_vae.py

PRNG    s = (1664525 s + 1013904223) mod 2^32; u = (s >>> 8) / 2^24
init    stream seeded 2; the state dict by its sorted names, row-major: 2u - 1, rounded to float32
cells   x [B, T, I] from stream seeded 1: 2u - 1; g [B, T, H] from stream seeded 3: 2u - 1; states, and the gradients of sum(g states)
td-vae  sequences [B, frames * frame] from stream seeded 1: u; noise [B * pairs, 2 * states] from stream seeded 3, sqrt(-2 ln(1 - u1))
        cos(2 pi u2), the later frame's states first; jumps by Philox 4x32-10 of (pair, STEP, stream 20, 0) keyed by SEED; `terms` are
        means over the pairs, `gradients` those of their sum, each parameter's times 2u - 1 from stream seeded 4 (names sorted)
"""
import json
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional

from losses import draw, normal, uniforms

CELLS = {"B": 2, "T": 5, "I": 3, "H": 3}
SEED, STEP, JUMPS = 5, 3, 20
SMALL = {
    "kind": "td-vae", "inputShape": [1, 20, 3], "frames": 5, "featureDims": [6], "beliefDim": 4, "latentDim": 3, "hiddenDim": 5,
    "decoderDims": [7, 6], "maxJump": 3, "pairs": 4, "reconstructionLoss": "bce",
}
MODELS = {"lstm": SMALL, "gru": {**SMALL, "belief": "gru", "latentLayers": 2}}
BATCH = 3


def signed(stream):
    return 2 * next(stream) - 1


def initialise(model):
    stream = uniforms(2)
    with torch.no_grad():
        for _, tensor in sorted(model.state_dict().items()):
            tensor.copy_(draw(stream, tensor.shape, signed))


def cell(kind):
    B, T, I, H = (CELLS[k] for k in "BTIH")
    model = {"lstm": nn.LSTM, "gru": nn.GRU}[kind](I, H, batch_first=True).double()
    initialise(model)
    x = draw(uniforms(1), (B, T, I), signed).requires_grad_()
    states, _ = model(x)
    (states * draw(uniforms(3), (B, T, H), signed)).sum().backward()
    gradients = {"x": x.grad, **{name: p.grad for name, p in model.named_parameters()}}
    return {"kind": kind, "states": states.flatten().tolist(), "gradients": {k: g.flatten().tolist() for k, g in gradients.items()}}


class GatedStatistics(nn.Module):
    def __init__(self, inputs, hidden, latent):
        super().__init__()
        self.tanh, self.sigmoid = nn.Linear(inputs, hidden), nn.Linear(inputs, hidden)
        self.mu, self.logVar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)

    def forward(self, *x):
        x = torch.cat(x, 1)
        h = torch.tanh(self.tanh(x)) * torch.sigmoid(self.sigmoid(x))
        return self.mu(h), self.logVar(h)


def chain(dims, last):
    layers = [m for i, o in zip(dims, dims[1:]) for m in (nn.Linear(i, o), nn.ReLU())]
    return nn.Sequential(*(layers[:-1] if last else layers))


class TdVae(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        C, height, width = config["inputShape"]
        self.frame = C * height * width // config["frames"]
        layers, latent, belief = config.get("latentLayers", 1), config["latentDim"], config["beliefDim"]
        states, far = layers * latent, config["maxJump"]

        def blocks(inputs):
            return nn.ModuleList(GatedStatistics(inputs + k * latent, config["hiddenDim"], latent) for k in range(layers))

        self.features = chain([self.frame, *config["featureDims"]], False)
        of = {"lstm": nn.LSTM, "gru": nn.GRU}[config.get("belief", "lstm")]
        self.belief = of(config["featureDims"][-1], belief, batch_first=True)
        self.state, self.smoothing, self.transition = blocks(belief), blocks(states + 2 * belief + far), blocks(states + far)
        self.decoder = chain([states, *config["decoderDims"], self.frame], True)

    def draw(self, nets, noise, *given):
        zs, stats = [], []
        for net, eps in zip(nets, noise):
            mu, log_var = net(*given, *zs)
            stats.append((mu, log_var))
            zs.append(mu + torch.exp(log_var / 2) * eps)
        return zs, stats

    def forward(self, x, early, late, jump, noise):
        layers, latent = len(self.state), self.config["latentDim"]
        beliefs, _ = self.belief(self.features(x.view(len(x), self.config["frames"], self.frame)))
        b1, b2 = (beliefs.flatten(0, 1)[i] for i in (early, late))
        far = functional.one_hot(jump, self.config["maxJump"]).double()
        parts = noise.split(latent, 1)
        z2, late_stats = self.draw(self.state, parts[:layers], b2)
        z1, early_stats = self.draw(self.smoothing, parts[layers:], *z2, b1, b2, far)
        known = [net(b1, *z1[:k]) for k, net in enumerate(self.state)]
        told = [net(*z1, far, *z2[:k]) for k, net in enumerate(self.transition)]
        gaussian = lambda stats: torch.distributions.Normal(stats[0], torch.exp(stats[1] / 2))
        logits = self.decoder(torch.cat(z2, 1))
        target = x.view(-1, self.frame)[late]
        recon = functional.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(1)
        kl = sum(torch.distributions.kl_divergence(gaussian(q), gaussian(p)).sum(1) for q, p in zip(early_stats, known))
        ratio = sum((gaussian(p).log_prob(z) - gaussian(q).log_prob(z)).sum(1) for z, p, q in zip(z2, late_stats, told))
        return recon.mean(), kl.mean(), ratio.mean()


def philox(counter, key):
    for _ in range(10):
        (high0, low0), (high1, low1) = divmod(0xD2511F53 * counter[0], 2**32), divmod(0xCD9E8D57 * counter[2], 2**32)
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0]
        key = [(key[0] + 0x9E3779B9) % 2**32, (key[1] + 0xBB67AE85) % 2**32]
    return counter


def jumps(config):
    frames, pairs, found = config["frames"], config["pairs"], []
    for i in range(BATCH * pairs):
        words = philox([i, STEP, JUMPS, 0], [SEED, 0])
        jump = 1 + (words[0] >> 16) * config["maxJump"] // 2**16
        first = i // pairs * frames + (words[1] >> 16) * (frames - jump) // 2**16
        found.append((first, first + jump, jump - 1))
    return [torch.tensor(column) for column in zip(*found)]


def td_vae(name):
    config = MODELS[name]
    model = TdVae(config).double()
    initialise(model)
    x = draw(uniforms(1), (BATCH, math.prod(config["inputShape"])))
    noise = draw(uniforms(3), (BATCH * config["pairs"], 2 * config.get("latentLayers", 1) * config["latentDim"]), normal)
    early, late, jump = jumps(config)
    terms = model(x, early, late, jump, noise)
    sum(terms).backward()
    along = uniforms(4)
    gradients = {k: (p.grad * draw(along, p.shape, signed)).sum().item() for k, p in sorted(model.named_parameters())}
    pairs = {"early": early.tolist(), "late": late.tolist(), "jump": jump.tolist()}
    return {"model": config, **pairs, "terms": [t.item() for t in terms], "gradients": gradients}


if __name__ == "__main__":
    file = {
        "doc": __doc__, "torch": torch.__version__, "seed": SEED, "step": STEP, "batch": BATCH, **CELLS,
        "cells": [cell(kind) for kind in ("lstm", "gru")],
        "models": [td_vae(name) for name in MODELS],
    }
    rounded = json.loads(json.dumps(file), parse_float=lambda s: float(f"{float(s):.12g}"))
    path = pathlib.Path(__file__).resolve().parent.parent / "td-vae.json"
    path.write_text(json.dumps(rounded) + "\n")
