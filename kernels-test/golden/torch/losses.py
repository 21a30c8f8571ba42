"""Ten Adam steps of convolutional VAEs in float64: writes conv-losses.json beside this folder (for biome to format).   losses.py

PRNG    s = (1664525 s + 1013904223) mod 2^32; u = (s >>> 8) / 2^24
data    stream seeded 1, [steps * batch][H][W][C] bytes floor(56 u) + (200 where the column is below row mod W, else 0), taken as
        byte / 255; step k takes rows k batch, ...
init    stream seeded 2; the state dict by its sorted names, row-major, without running_* and num_batches_tracked:
        1.5 (2u - 1) / sqrt(elements behind the first axis), for vectors 0.1 (2u - 1), of a norm's weight 1 + that;
        rounded to float32
eps     stream seeded 3, [steps][batch][latentDim]: sqrt(-2 ln(1 - u1)) cos(2 pi u2), rounded to float32
Adam    lr of each run, betas 0.9 and 0.999, eps 1e-8; loss = sum of BCE and KL over the batch
"""
import json
import math
import pathlib

import numpy
import torch

from exported import build

STEPS, BATCH = 10, 4
SMALL = {"kind": "vae", "inputShape": [1, 8, 12], "channels": [4, 6], "strides": [2, 2], "latentDim": 3, "reconstructionLoss": "bce"}
MODELS = {
    "conv/vae-28": {**SMALL, "inputShape": [1, 28, 28], "channels": [32, 64], "latentDim": 16},
    "plain": SMALL,
    "batch norm": {**SMALL, "inputShape": [3, 8, 4], "channels": [4, 8], "residualBlocks": 1, "norm": "batch"},
    "group norm": {**SMALL, "inputShape": [2, 6, 6], "channels": [16], "strides": [3], "residualBlocks": 1, "norm": "group"},
}


def uniforms(seed):
    s = seed
    while True:
        s = (1664525 * s + 1013904223) % 2**32
        yield (s >> 8) / 2**24


def draw(stream, shape, of=lambda stream: next(stream)):
    values = numpy.array([of(stream) for _ in range(math.prod(shape))], numpy.float32)
    return torch.tensor(values.reshape(shape), dtype=torch.float64)


def normal(stream):
    u1, u2 = 1 - next(stream), next(stream)
    return math.sqrt(-2 * math.log(u1)) * math.cos(2 * math.pi * u2)


def initialise(model):
    stream = uniforms(2)
    for name, tensor in sorted(model.state_dict().items()):
        if "running" in name or "num_batches" in name:
            continue
        vector = tensor.dim() == 1
        scale = 0.1 if vector else 1.5 / math.sqrt(tensor[0].numel())
        middle = 1 if vector and name.endswith("weight") else 0
        tensor.copy_(draw(stream, tensor.shape, lambda s: middle + scale * (2 * next(s) - 1)))


def losses(config, lr):
    model = build(config).double()
    initialise(model)
    C, H, W = config["inputShape"]
    speckles = draw(uniforms(1), (STEPS * BATCH, H, W, C), lambda s: math.floor(56 * next(s)))
    rows, columns = torch.arange(STEPS * BATCH).view(-1, 1, 1, 1), torch.arange(W).view(1, 1, -1, 1)
    pixels = ((speckles + 200 * (columns < rows % W)) / 255).view(STEPS, BATCH, H, W, C)
    noise = draw(uniforms(3), (STEPS, BATCH, config["latentDim"]), normal)
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    found = []
    for x, eps in zip(pixels.permute(0, 1, 4, 2, 3), noise):
        loss = sum(term.sum() for term in model(x, eps).values())
        adam.zero_grad()
        loss.backward()
        adam.step()
        found.append(loss.item())
    return found


if __name__ == "__main__":
    rates = {name: 1e-3 if name == "conv/vae-28" else 5e-3 for name in MODELS}
    runs = [{"name": n, "lr": rates[n], "model": m, "losses": losses(m, rates[n])} for n, m in MODELS.items()]
    file = {"doc": __doc__, "torch": torch.__version__, "steps": STEPS, "batch": BATCH, "runs": runs}
    path = pathlib.Path(__file__).resolve().parent.parent / "conv-losses.json"
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in file.items() if key != "runs"]
    lines = ",\n    ".join(json.dumps(run) for run in runs)
    path.write_text("{\n  " + ",\n  ".join(parts) + f',\n  "runs": [\n    {lines}\n  ]\n}}\n')
