"""The PyTorch twin of a convolutional autoencoder, DAE or VAE, built from a run's config["model"], and a reader of safetensors."""
import json
import struct

import numpy
import torch
from torch import nn

ACTIVATIONS = {
    "none": nn.Identity,
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "gelu": nn.GELU,
}


def norm_of(kind, channels):
    if kind == "batch":
        return [nn.BatchNorm2d(channels)]
    if kind == "group":
        groups = next(g for g in (8, 4, 2, 1) if channels % g == 0)
        return [nn.GroupNorm(groups, channels)]
    return []


class Residual(nn.Module):
    def __init__(self, channels, norm, activation):
        super().__init__()
        bias = norm != "batch"
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=bias)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=bias)
        self.has_norm = norm != "none"
        if self.has_norm:
            self.norm1, self.norm2 = norm_of(norm, channels) + norm_of(norm, channels)
        self.activation = activation()

    def forward(self, x):
        y = self.conv1(x)
        y = self.activation(self.norm1(y) if self.has_norm else y)
        y = self.conv2(y)
        return self.activation(x + (self.norm2(y) if self.has_norm else y))


class Autoencoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        channels = config["channels"]
        strides = config.get("strides", [2] * len(channels))
        norm = config.get("norm", "none")
        blocks = config.get("residualBlocks", 0)
        latent = config["latentDim"]
        C, H, W = config["inputShape"]
        activation = ACTIVATIONS[config.get("activation", "relu")]
        self.vae = config["kind"] == "vae"

        def stage(layer):
            width = layer.out_channels
            return [layer, *norm_of(norm, width), activation()] + [Residual(width, norm, activation) for _ in range(blocks)]

        bias = norm != "batch"
        encoder, inputs = [], C
        for outputs, stride in zip(channels, strides):
            encoder += stage(nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=bias))
            inputs, H, W = outputs, H // stride, W // stride
        encoder.append(nn.Flatten())
        flat = inputs * H * W
        if self.vae:
            self.mu, self.logVar = nn.Linear(flat, latent), nn.Linear(flat, latent)
        else:
            encoder.append(nn.Linear(flat, latent))
            self.code = ACTIVATIONS[config.get("latentActivation", "none")]()
        self.encoder = nn.Sequential(*encoder)

        decoder = [nn.Linear(latent, flat), activation(), nn.Unflatten(1, (inputs, H, W))]
        for outputs, stride in reversed(list(zip(channels, strides))):
            decoder += stage(nn.ConvTranspose2d(inputs, outputs, 3, stride, padding=1, output_padding=stride - 1, bias=bias))
            inputs = outputs
        self.decoder = nn.Sequential(*decoder, nn.Conv2d(inputs, C, 3, padding=1))

    def statistics(self, x):
        """mu beside logVar of a VAE, else the code."""
        h = self.encoder(x)
        return torch.cat([self.mu(h), self.logVar(h)], 1) if self.vae else self.code(h)

    def forward(self, x, eps):
        """Logits and KL [B] of a VAE with given noise."""
        mu, log_var = self.statistics(x).chunk(2, 1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1)
        return self.decoder(mu + eps * torch.exp(0.5 * log_var)), kl


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    dtypes = {"F32": numpy.float32, "I64": numpy.int64}
    header.pop("__metadata__", None)
    return {
        name: torch.from_numpy(
            numpy.frombuffer(data[entry["data_offsets"][0] : entry["data_offsets"][1]], dtypes[entry["dtype"]])
            .reshape(entry["shape"])
            .copy()
        )
        for name, entry in header.items()
    }
