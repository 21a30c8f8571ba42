"""The PyTorch twin of a VQ-VAE with one codebook, built from a run's config["model"]."""
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, channels, inner):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, inner or channels, 3, padding=1)
        self.conv2 = nn.Conv2d(inner, channels, 1) if inner else None

    def forward(self, x):
        y = self.conv1(torch.relu(x))
        return x + (self.conv2(torch.relu(y)) if self.conv2 else y)


class Quantizer(nn.Module):
    def __init__(self, config):
        super().__init__()
        codes, width = config["numEmbeddings"], config["embeddingDim"]
        self.embedding = nn.Embedding(codes, width)
        if config.get("useEma"):
            self.register_buffer("cluster_size", torch.zeros(codes))
            self.register_buffer("embed_avg", torch.zeros(codes, width))

    def forward(self, z):
        """Codes straight through, their indices, mse_e and mse_z."""
        rows = z.permute(0, 2, 3, 1)
        codes = self.embedding.weight
        apart = rows.pow(2).sum(-1, keepdim=True) - 2 * rows @ codes.T + codes.pow(2).sum(-1)
        indices = apart.argmin(-1)
        q = self.embedding(indices).permute(0, 3, 1, 2)
        mse = nn.functional.mse_loss
        return z + (q - z).detach(), indices, (mse(q, z.detach()), mse(z, q.detach()))


class VqVae(nn.Module):
    def __init__(self, config):
        super().__init__()
        image, channels = config["inputShape"][0], config["channels"]
        inner, width = config.get("residualChannels"), config["quantizer"]["embeddingDim"]
        last, blocks, bare = channels[-1], config.get("residualBlocks", 1), config.get("latentConvs") is False
        halves, doubles = [], []
        for few, many in zip([image, *channels], channels):
            halves += [nn.ReLU(), nn.Conv2d(few, many, 4, 2, 1)]
            doubles = [nn.ReLU(), nn.ConvTranspose2d(many, few, 4, 2, 1)] + doubles
        units = [Unit(last, inner) for _ in range(blocks)]
        self.encoder = nn.Sequential(*halves[1:], *units, *([] if bare else [nn.ReLU(), nn.Conv2d(last, width, 1)]))
        self.quantizer = Quantizer(config["quantizer"])
        units = [Unit(last, inner) for _ in range(config.get("decoderBlocks", blocks))]
        self.decoder = nn.Sequential(*([] if bare else [nn.Conv2d(width, last, 3, padding=1)]), *units, *doubles)

    def forward(self, x):
        y, indices, losses = self.quantizer(self.encoder(x))
        return self.decoder(y), indices, losses
