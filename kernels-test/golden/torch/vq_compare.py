"""Loads a VQ run's weights into the exported PyTorch model and tells how far its pictures lie off.   vq_compare.py RUN IMAGES.f32 INDICES.u32 DECODED.f32

Raw little-endian: images [N,H,W,C], the indices that the run gives them [N,h,w], and its pictures of these."""
import json
import pathlib
import sys

import numpy
import torch

from exported import build, picture_of, read_safetensors

run, images, indices, decoded = map(pathlib.Path, sys.argv[1:])
config = json.loads((run / "config.json").read_text())["model"]
C, H, W = config["inputShape"]


def values(path):
    return torch.tensor(numpy.fromfile(path, "<f4").reshape(-1, H, W, C), dtype=torch.float64)


model = build(config)
model.load_state_dict(read_safetensors(run / "model.safetensors")[0])
model.double().eval()
with torch.no_grad():
    q, found, *_ = model.quantizer(model.encoder(values(images).permute(0, 3, 1, 2)))
    picture = picture_of(config, model.decoder(q))
    got = torch.tensor(numpy.fromfile(indices, "<u4").astype(numpy.int64)).reshape(found.shape)
    off = (values(decoded) - picture.permute(0, 2, 3, 1)).abs().max().item()
print(json.dumps({"different": int((got != found).sum()), "indices": found.numel(), "decoded": off}))
