"""Goes on with the training of an exported latentgpu run, on any number of processes:

    torchrun --nproc_per_node 2 train_ddp.py --data FOLDER --steps 100 --out trained

The rows of a batch are shared out; the gradient is that of the whole batch. Rows, order, noise and optimizer are those of latentgpu, so
that the losses are its losses; `latentgpu import trained --out RUN` makes a run of what was trained, which goes on there.

--data: a folder with train-images-idx3-ubyte (.gz or not), or a .npy of images, uint8 or float, [N,H,W] or [N,C,H,W].
"""
import argparse
import gzip
import json
import os
import pathlib
import struct

import numpy
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from draws import normals, order
from model import build

HERE = pathlib.Path(__file__).resolve().parent
DTYPES = {"F32": numpy.float32, "I64": numpy.int64}


def read_safetensors(path):
    """Tensors by name, and the metadata."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = numpy.frombuffer(data[start:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors, metadata


def write_safetensors(path, tensors, metadata):
    header, parts, at = {"__metadata__": {"format": "pt", **metadata}}, [], 0
    for name, tensor in tensors.items():
        values = tensor.detach().cpu().contiguous().numpy()
        kind = "I64" if values.dtype == numpy.int64 else "F32"
        data = values.astype(DTYPES[kind]).tobytes()
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    part = pathlib.Path(f"{path}.part")
    part.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))
    os.replace(part, path)


def read_images(where, shape, limit):
    """Images [N, C, H, W] in [0, 1]."""
    path = pathlib.Path(where)
    if path.suffix == ".npy":
        images = numpy.load(path, mmap_mode="r")
    else:
        found = [path / f"train-images-idx3-ubyte{end}" for end in ("", ".gz")]
        file = next((f for f in found if f.exists()), None)
        if file is None:
            raise SystemExit(f"{where} holds no train-images-idx3-ubyte; name a folder that does, or a .npy.")
        with (gzip.open if file.suffix == ".gz" else open)(file, "rb") as source:
            _, count, height, width = struct.unpack(">4I", source.read(16))
            images = numpy.frombuffer(source.read(), numpy.uint8).reshape(count, height, width)
    images = images[:limit]
    bytes_ = images.dtype == numpy.uint8
    images = torch.from_numpy(numpy.ascontiguousarray(images, dtype=numpy.float32)).view(len(images), *shape)
    return images / 255 if bytes_ else images


def optimizer_of(config, parameters):
    settings = {key: value for key, value in config.items() if key not in ("kind", "weightDecay")}
    kind = torch.optim.AdamW if config["kind"] == "adamw" else torch.optim.Adam
    if "weightDecay" in config:
        settings["weight_decay"] = config["weightDecay"]
    return kind(parameters, **settings)


def term_weights(config, rows):
    """What each loss counts, relative to sums over an image and means over the batch."""
    model, reduction = config["model"], config["reduction"]
    pixels = numpy.prod(model["inputShape"])
    quantizer = model.get("quantizer", {})
    cost = {
        "recon": 1,
        "kl": config.get("beta", 1),
        "commit": quantizer.get("commitmentCost", 0.25),
        "codebook": quantizer.get("codebookCost", 1),
    }
    if reduction == "sum":
        return {name: value * rows for name, value in cost.items()}
    if reduction == "batchMean":
        return cost
    side = 2 ** len(model.get("channels", []))
    latents = quantizer.get("embeddingDim", 1) * numpy.prod([n // side for n in model["inputShape"][1:]])
    elements = {"recon": pixels, "commit": latents, "codebook": latents}
    return {name: value / elements.get(name, 1) for name, value in cost.items()}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", required=True)
    options.add_argument("--steps", type=int, required=True, help="steps to go on for")
    options.add_argument("--out", required=True, help="folder for what was trained")
    options.add_argument("--backend", default="nccl" if torch.cuda.is_available() else "gloo")
    options = options.parse_args()

    dist.init_process_group(options.backend)
    rank, world = dist.get_rank(), dist.get_world_size()
    on_gpu = options.backend == "nccl"
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if on_gpu else torch.device("cpu")

    config = json.loads((HERE / "config.json").read_text())
    weights, _ = read_safetensors(HERE / "model.safetensors")
    moments, metadata = read_safetensors(HERE / "optimizer.safetensors")
    model = build(config["model"]).to(device)
    model.load_state_dict(weights)
    step = int(metadata["step"])
    names = [name for name, _ in model.named_parameters()]
    optimizer = optimizer_of(config["optimizer"], model.parameters())
    if step > 0:
        for name, parameter in model.named_parameters():
            own = {key: moments[f"{name}.{key}"].to(device) for key in moment_names(config)}
            optimizer.state[parameter] = {"step": torch.tensor(float(step)), **own}
    spread = DistributedDataParallel(model)

    images = read_images(options.data, config["model"]["inputShape"], config.get("limit"))
    batch, seed = config["batch"], config["seed"]
    steps_per_epoch = -(-len(images) // batch)
    latent = config["model"].get("latentDim", 0)
    rows, known = None, -1
    for step in range(step, step + options.steps):
        epoch, place = divmod(step, steps_per_epoch)
        if epoch != known:
            shuffled = config.get("shuffle", True)
            rows, known = order(len(images), seed, epoch) if shuffled else numpy.arange(len(images)), epoch
        whole = rows[place * batch : (place + 1) * batch]
        own = numpy.array_split(numpy.arange(len(whole)), world)[rank]
        eps = torch.from_numpy(normals(len(whole) * latent, seed, step)).view(len(whole), latent)[own].to(device)
        terms = spread(images[whole[own]].to(device), eps)
        weight = term_weights(config, len(whole))
        # Processes' gradients are averaged: times their number, each is its share of the whole batch's.
        loss = sum(weight[name] * values.sum() for name, values in terms.items()) * world / len(whole)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        told = loss.detach() / world
        dist.all_reduce(told)
        if rank == 0:
            print(json.dumps({"step": step + 1, "loss": told.item()}), flush=True)

    if rank == 0:
        out = pathlib.Path(options.out)
        out.mkdir(parents=True, exist_ok=True)
        (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        write_safetensors(out / "model.safetensors", model.state_dict(), {})
        kept = {
            f"{name}.{key}": optimizer.state[parameter][key]
            for name, parameter in zip(names, model.parameters())
            for key in moment_names(config)
        }
        write_safetensors(out / "optimizer.safetensors", kept, {"step": str(step + 1)})
    dist.barrier()
    dist.destroy_process_group()


def moment_names(config):
    return ["exp_avg", "exp_avg_sq"] + (["max_exp_avg_sq"] if config["optimizer"].get("amsgrad") else [])


if __name__ == "__main__":
    main()
