"""A hundred Adam steps of vq-28 on Fashion-MNIST in float64: writes vq-losses.json beside this folder (for biome to format).   vq.py FASHION

PRNG    s = (1664525 s + 1013904223) mod 2^32; u = (s >>> 8) / 2^24
data    the first steps * batch training images in their order, byte / 255; step k takes rows k batch, ...
init    stream seeded 2; the state dict by its sorted names, row-major: (2u - 1) / sqrt(fan in), of quantizer.embedding.weight
        0.05 (2u - 1); rounded to float32. The fan in of a bias is that of its weight; PyTorch's for transposed ones too
Adam    lr 1e-3, betas 0.9 and 0.999, eps 1e-8; loss = mse_x + mse_e + 0.25 mse_z, means
own     how far PyTorch's float32 has come from its float64 at any step so far: a vector between two codes goes to one in
        the one and to the other in the other, and from then on they are two runs
"""
import gzip
import json
import math
import pathlib
import sys

import numpy
import torch
from torch import nn

from losses import draw, uniforms
from exported import build

STEPS, BATCH, CODES = 100, 128, 128
MODEL = {
    "kind": "vq-vae",
    "reconstructionLoss": "mse",
    "outputs": "linear",
    "inputShape": [1, 28, 28],
    "channels": [32, 64],
    "residualChannels": 32,
    "quantizer": {"numEmbeddings": CODES, "embeddingDim": 64},
}


def initialise(model):
    stream = uniforms(2)
    state = model.state_dict()
    for name, tensor in sorted(state.items()):
        weight = state[name.replace("bias", "weight")]
        scale = 0.05 if "embedding" in name else 1 / math.sqrt(weight[0].numel())
        tensor.copy_(draw(stream, tensor.shape, lambda s: scale * (2 * next(s) - 1)))


def images(folder, count):
    with gzip.open(pathlib.Path(folder) / "train-images-idx3-ubyte.gz") as file:
        data = numpy.frombuffer(file.read(16 + count * 784), numpy.uint8)[16:]
    # Floats as the GPU has them.
    return torch.tensor((data.reshape(count, 1, 28, 28) / 255).astype(numpy.float32))


def run(folder, dtype=torch.float64):
    model = build(MODEL).to(dtype)
    initialise(model)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    found, counts = [], torch.zeros(CODES)
    for x in images(folder, STEPS * BATCH).to(dtype).view(STEPS, BATCH, 1, 28, 28):
        q, indices, *sums = model.quantizer(model.encoder(x))
        commit, codebook = (rows.sum() / q.numel() for rows in sums)
        recon = nn.functional.mse_loss(model.decoder(q), x)
        adam.zero_grad()
        (recon + codebook + 0.25 * commit).backward()
        adam.step()
        counts += torch.bincount(indices.flatten(), minlength=CODES)
        found.append((recon.item(), codebook.item()))
    p = counts / counts.sum()
    perplexity = math.exp(-sum(v * math.log(v) for v in p.tolist() if v > 0))
    return found, perplexity, int((counts > 0).sum())


if __name__ == "__main__":
    losses, perplexity, used = run(sys.argv[1])
    single = run(sys.argv[1], torch.float32)[0]
    file = {"doc": __doc__, "torch": torch.__version__, "steps": STEPS, "batch": BATCH, "perplexity": perplexity, "used": used}
    path = pathlib.Path(__file__).resolve().parent.parent / "vq-losses.json"
    names = {"mseX": [a for a, _ in losses], "mseE": [b for _, b in losses]}
    for i, name in enumerate(("ownX", "ownE")):
        apart = [abs(a[i] - b[i]) for a, b in zip(losses, single)]
        names[name] = [max(apart[: step + 1]) for step in range(STEPS)]
    path.write_text(json.dumps({**file, **names}, indent=2) + "\n")
