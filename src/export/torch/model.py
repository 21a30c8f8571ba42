"""The model of a latentgpu run in PyTorch: build(config["model"]) gives it, its state dict is model.safetensors.

Autoencoders and VAEs of dense or convolutional layers, and VQ-VAEs. Losses are a number an image, by name, in nats or squares.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

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
    "gelu-tanh": lambda: nn.GELU(approximate="tanh"),
}


def build(config):
    """The module of a config["model"]."""
    if config["kind"] == "vq-vae":
        return VqVae(config)
    return Autoencoder(config)


def reconstruction(config, output, x):
    """The loss of what a decoder gives, an image a number, before its activation."""
    kind = config["reconstructionLoss"]
    if kind == "bce":
        return F.binary_cross_entropy_with_logits(output, x, reduction="none").flatten(1).sum(1)
    picture = picture_of(config, output)
    loss = F.mse_loss if kind == "mse" else F.l1_loss
    return loss(picture, x, reduction="none").flatten(1).sum(1)


def picture_of(config, output):
    linear = config.get("outputs") == "linear" and config["reconstructionLoss"] != "bce"
    return output if linear else torch.sigmoid(output)


def norm_of(kind, channels):
    if kind == "batch":
        return [nn.BatchNorm2d(channels)]
    if kind == "group":
        return [nn.GroupNorm(math.gcd(8, channels), channels)]
    return []


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside the way past them."""

    def __init__(self, channels, norm, activation):
        super().__init__()
        bias = norm != "batch"
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=bias)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=bias)
        self.has_norm = norm != "none"
        if self.has_norm:
            (self.norm1,), (self.norm2,) = norm_of(norm, channels), norm_of(norm, channels)
        self.activation = activation()

    def forward(self, x):
        y = self.conv1(x)
        y = self.activation(self.norm1(y) if self.has_norm else y)
        y = self.conv2(y)
        return self.activation(x + (self.norm2(y) if self.has_norm else y))


class Autoencoder(nn.Module):
    """An autoencoder, denoising autoencoder or VAE, of dense layers (hiddenDims) or of convolutions (channels)."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.vae = config["kind"] == "vae"
        activation = ACTIVATIONS[config.get("activation", "relu")]
        width = self._convolutions(activation) if "channels" in config else self._dense(activation)
        if self.vae:
            self.mu, self.logVar = (nn.Linear(width, config["latentDim"]) for _ in range(2))

    def _dense(self, activation):
        config = self.config
        size, latent = math.prod(config["inputShape"]), config["latentDim"]
        down = [size, *config["hiddenDims"]] + ([] if self.vae else [latent])
        up = [latent, *config.get("decoderDims", config["hiddenDims"][::-1]), size]

        def layers(widths, last):
            pairs = list(zip(widths, widths[1:]))
            return [m for i, (a, b) in enumerate(pairs) for m in (nn.Linear(a, b), (last if i == len(pairs) - 1 else activation)())]

        code = activation if self.vae else ACTIVATIONS[config.get("latentActivation", "none")]
        self.encoder = nn.Sequential(*layers(down, code))
        self.decoder = nn.Sequential(*layers(up, nn.Identity))
        return down[-1]

    def _convolutions(self, activation):
        config = self.config
        channels, latent = config["channels"], config["latentDim"]
        strides = config.get("strides", [2] * len(channels))
        norm, blocks = config.get("norm", "none"), config.get("residualBlocks", 0)
        C, H, W = config["inputShape"]

        def stage(layer):
            width = layer.out_channels
            return [layer, *norm_of(norm, width), activation()] + [Residual(width, norm, activation) for _ in range(blocks)]

        bias = norm != "batch"
        encoder, inputs = [], C
        for outputs, stride in zip(channels, strides):
            encoder += stage(nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=bias))
            inputs, H, W = outputs, H // stride, W // stride
        flat = inputs * H * W
        encoder.append(nn.Flatten())
        if not self.vae:
            encoder += [nn.Linear(flat, latent), ACTIVATIONS[config.get("latentActivation", "none")]()]
        self.encoder = nn.Sequential(*encoder)
        decoder = [nn.Linear(latent, flat), activation(), nn.Unflatten(1, (inputs, H, W))]
        for outputs, stride in reversed(list(zip(channels, strides))):
            decoder += stage(nn.ConvTranspose2d(inputs, outputs, 3, stride, padding=1, output_padding=stride - 1, bias=bias))
            inputs = outputs
        self.decoder = nn.Sequential(*decoder, nn.Conv2d(inputs, C, 3, padding=1))
        return flat

    def encode(self, x):
        """mu and logVar of a VAE, else the code and nothing."""
        h = self.encoder(x if "channels" in self.config else x.flatten(1))
        return (self.mu(h), self.logVar(h)) if self.vae else (h, None)

    def decode(self, z):
        """The picture before its activation."""
        return self.decoder(z).view(-1, *self.config["inputShape"])

    def forward(self, x, eps=None):
        """Losses by name, an image a number; a VAE takes noise [B, latentDim]."""
        mu, log_var = self.encode(x)
        if not self.vae:
            return {"recon": reconstruction(self.config, self.decode(mu), x)}
        z = mu + eps * torch.exp(0.5 * log_var)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1)
        return {"recon": reconstruction(self.config, self.decode(z), x), "kl": kl}


class Unit(nn.Module):
    """The residual unit of VQ-VAEs, activations first."""

    def __init__(self, channels, inner, activation):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, inner or channels, 3, padding=1)
        self.conv2 = nn.Conv2d(inner, channels, 1) if inner else None
        self.activation = activation()

    def forward(self, x):
        y = self.conv1(self.activation(x))
        return x + (self.conv2(self.activation(y)) if self.conv2 else y)


class Codebook(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embedding = nn.Embedding(config["numEmbeddings"], config["embeddingDim"])
        if config.get("useEma"):
            self.register_buffer("cluster_size", torch.zeros(config["numEmbeddings"]))
            self.register_buffer("embed_avg", torch.zeros(config["numEmbeddings"], config["embeddingDim"]))

    def forward(self, z):
        """Codes straight through, their indices, and the squared distances an image."""
        rows, codes = z.permute(0, 2, 3, 1), self.embedding.weight
        apart = rows.pow(2).sum(-1, keepdim=True) - 2 * rows @ codes.T + codes.pow(2).sum(-1)
        indices = apart.argmin(-1)
        q = self.embedding(indices).permute(0, 3, 1, 2)
        square = lambda a, b: (a - b).pow(2).flatten(1).sum(1)
        return z + (q - z).detach(), indices, square(z, q.detach()), square(q, z.detach())


class VqVae(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        image, channels = config["inputShape"][0], config["channels"]
        inner, width = config.get("residualChannels"), config["quantizer"]["embeddingDim"]
        last, blocks, bare = channels[-1], config.get("residualBlocks", 1), config.get("latentConvs") is False
        activation = ACTIVATIONS[config.get("activation", "relu")]
        halves, doubles = [], []
        for few, many in zip([image, *channels], channels):
            halves += [activation(), nn.Conv2d(few, many, 4, 2, 1)]
            doubles = [activation(), nn.ConvTranspose2d(many, few, 4, 2, 1)] + doubles
        for _ in range(config.get("convs", 0)):
            halves += [activation(), nn.Conv2d(last, last, 3, padding=1)]
        if config.get("convs", 0):
            halves.append(activation())
        units = [Unit(last, inner, activation) for _ in range(blocks)]
        self.encoder = nn.Sequential(*halves[1:], *units, *([] if bare else [activation(), nn.Conv2d(last, width, 1)]))
        self.quantizer = Codebook(config["quantizer"])
        units = [Unit(last, inner, activation) for _ in range(config.get("decoderBlocks", blocks))]
        self.decoder = nn.Sequential(*([] if bare else [nn.Conv2d(width, last, 3, padding=1)]), *units, *doubles)

    def forward(self, x, eps=None):
        """Losses by name, an image a number."""
        q, _, commit, codebook = self.quantizer(self.encoder(x))
        return {"recon": reconstruction(self.config, self.decoder(q), x), "commit": commit, "codebook": codebook}
