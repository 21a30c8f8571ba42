"""Loads a run's weights into the exported PyTorch model and tells how far its outputs lie off.   compare.py RUN IMAGES.f32 STATISTICS.f32 DECODED.f32

Raw little-endian float32: images [N,H,W,C], what the run's encoder makes of them, and its pictures of the latents."""
import json
import pathlib
import sys

import numpy
import torch

from exported import build, picture_of, read_safetensors

run, images, statistics, decoded = map(pathlib.Path, sys.argv[1:])
config = json.loads((run / "config.json").read_text())["model"]
C, H, W = config["inputShape"]
latent = config["latentDim"]


def values(path, *shape):
    return torch.tensor(numpy.fromfile(path, "<f4").reshape(-1, *shape), dtype=torch.float64)


model = build(config)
model.load_state_dict(read_safetensors(run / "model.safetensors")[0])
model.double().eval()
with torch.no_grad():
    want = torch.cat([part for part in model.encode(values(images, H, W, C).permute(0, 3, 1, 2)) if part is not None], 1)
    got = values(statistics, want.shape[1])
    picture = picture_of(config, model.decode(got[:, :latent])).permute(0, 2, 3, 1)
    off = {
        "statistics": ((got - want).abs() / want.abs().clamp(min=1)).max().item(),
        "decoded": (values(decoded, H, W, C) - picture).abs().max().item(),
    }
counted = {int(v) for k, v in model.state_dict().items() if k.endswith("num_batches_tracked")}
print(json.dumps({**off, "counted": sorted(counted)}))
